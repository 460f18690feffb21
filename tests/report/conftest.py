"""An invented study with one analysis of each kind, a refusal and a suppressed cell, beside an invented determination."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ..ledger.conftest import NAMES, build
from ..ledger.conftest import check as determination
from ..ledger.conftest import results as small_results

TITLES: dict[str, Any] = {
    "pact": {"en": "Knees in spring", "ko": "봄철 무릎 공동연구"},
    "notice": {"en": "Invented people, nobody real.", "ko": "지어낸 사람들이며 실존하지 않습니다."},
    "study": {"en": "Painful joints", "ko": "관절 통증"},
    "parties": NAMES,
    "items": {"hanbit-sums": {"en": "Sums of Hanbit", "ko": "한빛병원의 합계"}},
    "levels": {"sex": ["female", "male"], "pain": ["0", "1"], "smoking": ["0", "1"]},
    "units": {"age": "year", "days": "day"},
    "times": {"curves": "days"},
    "families": {"risk": "binomial"},
    "minimums": {site: {"number": 10, "source": "pact"} for site in ("hanbit", "riverside")},
}


def term(name: str, coef: float, se: float) -> dict[str, Any]:
    return {
        "term": name,
        "coef": coef,
        "se": se,
        "z": coef / se,
        "p": 0.04,
        "low": coef - 2 * se,
        "high": coef + 2 * se,
    }


def described(column: str, level: str | None, site: str, **more: Any) -> dict[str, Any]:
    return {"column": column, "level": level, "site": site, "missing": "<10", **more}


def table1() -> dict[str, Any]:
    rows = [
        described("age", None, "hanbit", n=81, mean=55.25, sd=10.125),
        described("age", None, "riverside", n=140, mean=61.5, sd=15.0),
        described("age", None, "all", n=221, mean=59.21, sd=13.75) | {"missing": None},
        described("smoking", "0", "hanbit", n=71, share=71 / 81),
        described("smoking", "1", "hanbit", n="<10", share=None),
        described("smoking", "0", "riverside", n=100, share=100 / 140),
        described("smoking", "1", "riverside", n=40, share=40 / 140),
    ]
    return {
        "name": "table1",
        "kind": "describe",
        "formula": None,
        "n": 221,
        "table": rows,
        "values": {"n": {"hanbit": 81, "riverside": 140}},
        "sites": [],
    }


def cox() -> dict[str, Any]:
    terms = [term("age", 0.0128, 0.0095), term("sex[T.male]", 0.446, 0.255), term("C(site)[T.riverside]", -0.8, 0.3)]
    note = {"code": "study.note.wide-interval", "values": {"terms": "sex[T.male]", "factor": 10.0}}
    fit = {"loglik": -291.76745, "df": 3, "events": 84, "converged": True, "rounds": 5}
    return {
        "name": "survival",
        "kind": "cox",
        "formula": "age + sex + C(site)",
        "n": 221,
        "fit": fit,
        "terms": terms,
        "notes": [note],
        "sites": [],
    }


def curves() -> dict[str, Any]:
    def point(group: str, time: float, share: float) -> dict[str, Any]:
        return {
            "group": group,
            "time": time,
            "at_risk": 80,
            "deaths": 11,
            "person_time": 900.5,
            "survival": share,
            "low": share - 0.1,
            "high": share + 0.1,
        }

    rows = [point("KR", 365.0, 0.9), point("KR", 1825.0, 0.7902), point("US", 1825.0, 0.3826)]
    note = {"code": "study.note.few-deaths", "values": {"group": "KR", "deaths": 11, "low": "65", "high": "88"}}
    return {
        "name": "curves",
        "kind": "kaplan-meier",
        "formula": None,
        "n": 221,
        "table": rows,
        "values": {"by": "country"},
        "notes": [note],
        "sites": [],
    }


def crosstab() -> dict[str, Any]:
    rows = [{"sex": "female", "smoking": "0", "n": 50}, {"sex": "female", "smoking": "1", "n": None}]
    return {"name": "both", "kind": "crosstab", "formula": None, "n": None, "table": rows, "sites": []}


def linear() -> dict[str, Any]:
    fit = {"deviance": 9.5, "df": 218, "scale": 0.04, "converged": True, "rounds": 2}
    return {
        "name": "weight",
        "kind": "glm",
        "formula": "weight ~ age",
        "n": 221,
        "fit": fit,
        "terms": [term("Intercept", 70.0, 1.0), term("age", -0.25, 0.1)],
        "sites": [],
    }


def full_results() -> dict[str, Any]:
    told = small_results()
    told["analyses"] = [table1(), cox(), curves(), *told["analyses"], crosstab(), linear()]
    return told


def full_check(lang: str = "en") -> dict[str, Any]:
    told = determination(lang)
    flow = told["flows"][0]
    flow["obligations"] = [
        {
            "rule": "kr/bioethics-act/15",
            "kind": "authorise",
            "state": "applies",
            "due": "before",
            "text": {"en": "The research plan", "ko": "연구계획서"}[lang],
            "authority": {"en": "the board", "ko": "기관위원회"}[lang],
            "lead_time": {"days": 30, "calendar": "working", "at_most": 45},
            "by": None,
            "met": True,
            "evidence": ["IRB 2026-07"],
        }
    ]
    flow["warnings"] = [flow["jurisdictions"]["KR"]["rules"][0] | {"state": "pending", "from": "2027-07-01"}]
    return told


@pytest.fixture
def receipt(tmp_path: Path) -> dict[str, Any]:
    return build(tmp_path).receipt
