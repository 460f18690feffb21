"""An invented study of two hospitals and a coordinator, from its ledgers to its receipt. No person stands behind it."""

from __future__ import annotations

import datetime
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from biopact.ledger import (
    Evidence,
    Ledger,
    Party,
    ReceiptParts,
    SigningKey,
    StudyRecorder,
    digest_of_bytes,
    flows_of,
    make,
    write_receipt,
)

NOW = datetime.datetime(2026, 11, 24, 9, 0, 0, tzinfo=datetime.UTC)
LAW = "sha256:" + "a" * 64
NAMES = {
    "hanbit": {"en": "Hanbit Hospital", "ko": "한빛병원"},
    "riverside": {"en": "Riverside Clinic", "ko": "리버사이드 병원"},
    "hub": {"en": "Coordinating centre", "ko": "조정센터"},
}


def rule(name: str, cite: str, title: str, effect: str, state: str = "applies", **more: Any) -> dict[str, Any]:
    return {
        "id": name,
        "cite": cite,
        "title": title,
        "effect": effect,
        "state": state,
        "defeated_by": [],
        "checked": "official-excerpt",
        "confidence": "high",
        "from": "2024-01-02",
        **more,
    }


def check(lang: str = "en") -> dict[str, Any]:
    """A determination as `check --json` prints it, in one language."""
    board = {"en": "Review by the institutional board", "ko": "기관위원회의 심의"}[lang]
    wait = {"en": "Transfer of personal data abroad", "ko": "개인정보의 국외 이전"}[lang]
    leg = {"item": "hanbit-sums", "from": "hanbit", "to": "hub", "day": "2026-12-01", "jurisdictions": {}}
    kr = {
        "verdict": "authorisation",
        "between": None,
        "because": "rules",
        "review": True,
        "rules": [
            rule("kr/bioethics-act/15", "생명윤리법 제15조", board, "authorise", checked="secondary"),
            rule(
                "kr/pipa/28-8", "개인정보 보호법 제28조의8", wait, "prohibit", "defeated", defeated_by=["kr/pipa/58-2"]
            ),
        ],
    }
    us = {"verdict": "clear", "between": None, "because": "none-applies", "review": False, "rules": []}
    flow = {
        "id": "hanbit-sums",
        "verdict": "authorisation",
        "between": None,
        "review": True,
        "readiness": "ready",
        "not_covered": [],
        "warnings": [],
        "jurisdictions": {"US": us, "KR": kr},
        "legs": [leg],
        "obligations": [],
        "limits": {"min_cell": 10},
        "missing": [],
    }
    return {"schema": "biopact.check/1", "pact": "spring", "as_of": "2026-11-24", "law": "a" * 64, "flows": [flow]}


def results() -> dict[str, Any]:
    term = {"term": "age", "coef": 0.0312, "se": 0.0101, "z": 3.089, "p": 0.002, "low": 0.0114, "high": 0.051}
    both = ["hanbit", "riverside"]
    return {
        "schema": "biopact.results/1",
        "pact": "spring",
        "study": "joints",
        "as_of": "2026-11-24",
        "law": "a" * 64,
        "sites": [{"id": "hanbit", "n": 81, "law": "a" * 64}, {"id": "riverside", "n": 140, "law": "a" * 64}],
        "analyses": [
            {
                "name": "risk",
                "kind": "glm",
                "formula": "pain ~ age",
                "n": 221,
                "fit": {"deviance": 201.5, "df": 219, "converged": True, "rounds": 2},
                "terms": [term],
                "missing": None,
                "sites": both,
                "notes": [],
            },
            {"name": "rare", "kind": "glm", "formula": "pain ~ rare", "n": None, "missing": None, "sites": []},
        ],
        "refused": [{"site": "hanbit", "analysis": "rare", "rule": "minimum-cell"}],
    }


@dataclass(frozen=True)
class Made:
    folder: Path
    keys: dict[str, SigningKey]
    ledgers: dict[str, Ledger]
    parts: ReceiptParts
    receipt: dict[str, Any]

    @property
    def path(self) -> Path:
        return self.folder / "receipt.json"


def key_of(party: str) -> SigningKey:
    return SigningKey.fresh(party.encode().ljust(32, b"."))


def build(folder: Path) -> Made:
    keys = {party: key_of(party) for party in NAMES}
    ledgers = {party: Ledger(folder / party / "ledger.jsonl", party, keys[party]) for party in NAMES}
    recorder = StudyRecorder("joints", {site: ledgers[site] for site in ("hanbit", "riverside")}, clock=lambda: NOW)
    for site in ("hanbit", "riverside"):
        for round_ in (1, 2):
            payload = json.dumps({"sums": {"score": {"shape": [2], "values": [round_, 0.5]}}, "site": site}).encode()
            digest = digest_of_bytes(payload).removeprefix("sha256:")
            recorder.release(site, "risk", round_, payload, digest, again=False)
    recorder.refuse("hanbit", "rare", "minimum-cell")
    parts = ReceiptParts(
        pact="spring",
        title={"en": "Knees in spring", "ko": "봄철 무릎 공동연구"},
        notice={"en": "Invented people.", "ko": "지어낸 사람들입니다."},
        pact_digest="b" * 64,
        as_of="2026-11-24",
        law=LAW,
        flows=flows_of(check("en"), check("ko"), titles={"hanbit-sums": {"en": "Sums", "ko": "합계"}}),
        evidence=[Evidence("kr/bioethics-act/15", "hanbit-sums", "hanbit", "IRB 2026-07", "2026-03-02", "2027-03-01")],
        sites=recorder.sites({"hanbit": LAW, "riverside": LAW}),
        parties=[
            Party(
                party,
                NAMES[party],
                "KR" if party == "hanbit" else "US",
                "coordinator" if party == "hub" else "site",
                keys[party].public,
                ledgers[party].head(),
            )
            for party in NAMES
        ],
        study="joints",
        study_digest="c" * 64,
        study_title={"en": "Painful joints", "ko": "관절 통증"},
        results=results(),
    )
    receipt = make(parts, keys, NOW)
    write_receipt(receipt, folder / "receipt.json")
    (folder / "results.json").write_text(json.dumps(results(), indent=2), encoding="utf-8")
    return Made(folder, keys, ledgers, parts, receipt)


@pytest.fixture
def made(tmp_path: Path) -> Made:
    return build(tmp_path)
