"""No rule claims to be better read, or surer, than the gathered fact it encodes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from biopact.law import the_law

READ = ("recalled", "secondary", "official-excerpt", "statute-read")
GATHERED = ("knowledge_only", "secondary_source", "official_excerpt", "statute_text_read")
SURE = ("low", "medium", "high")
# read again in the text promulgated on 2026-09-08 (docs/law/corrections.md)
READ_AGAIN = {"kr-pipa-outsourcing", "kr-pipa-ai-2027"}
RULES = [rule for periods in the_law().rules.values() for rule in periods]


@pytest.fixture(scope="module")
def gathered(shared: Path) -> dict[str, dict[str, Any]]:
    files = ("data-and-biospecimens.yaml", "security-trade-supply.yaml", "missing.yaml")
    facts = {fact["id"]: fact for name in files for fact in yaml.safe_load((shared / "law" / name).read_text("utf-8"))}
    # changes after approval rest on rows of the crosswalk; how their texts were read stands by country in the rows
    rows = yaml.safe_load((shared / "dossier" / "crosswalk.yaml").read_text("utf-8"))["rows"]
    return facts | {row["id"]: {"confidence": "high"} for row in rows}


def test_every_rule_names_a_gathered_fact(gathered: dict[str, Any]) -> None:
    assert [rule.id for rule in RULES if rule.more.get("source_fact") not in gathered] == []


def test_no_rule_is_better_read_than_its_fact(gathered: dict[str, Any]) -> None:
    better = {
        rule.more["source_fact"]
        for rule in RULES
        if (how := gathered[rule.more["source_fact"]].get("verified"))
        and READ.index(rule.checked) > GATHERED.index(how)
    }
    assert better == READ_AGAIN


def test_no_rule_is_surer_than_its_fact(gathered: dict[str, Any]) -> None:
    surer = {
        rule.id
        for rule in RULES
        if (sure := gathered[rule.more["source_fact"]].get("confidence"))
        and SURE.index(rule.confidence) > SURE.index(sure)
    }
    # the fact is unsure of the number, not of the secrecy that Art. 33 orders
    assert surer == {"kr/small-cells/33"}
