"""A file of cases that is not what it must be is refused where that stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from biopact.decide.casefiles import read_cases
from biopact.errors import RuleError

BASE = "- case: A flow.\n  facts: {item.kind: data}\n"


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("a: b\n", "decide.cases-no-list", 1),
        ("- case: A flow.\n  expect: {US: clear}\n", "decide.case-form", 1),
        ("- case: [A]\n  facts: {}\n", "rules.expected-text", 1),
        ("- case: A flow.\n  facts: [1]\n", "rules.expected-mapping", 2),
        (BASE + "  as_of: 2025-02-30\n", "rules.no-date", 3),
        (BASE + "  as_of: 20250230\n", "rules.no-date", 3),
        (BASE + "  expected: {US: clear}\n", "rules.unknown-key", 3),
        (BASE + "  expect: [US]\n", "rules.expected-mapping", 3),
        (BASE + "  expect: {US: allowed}\n", "decide.case-expects", 3),
        (BASE + "  expect:\n    flow: clear\n", "rules.expected-mapping", 4),
        (BASE + "  expect:\n    US: clear\n    applies: us/hipaa/164.502-a\n", "rules.expected-list", 5),
        (BASE + "  variants: {change: b}\n", "rules.expected-list", 3),
        (BASE + "  variants:\n    - change\n", "rules.expected-mapping", 4),
        (BASE + "  variants:\n    - {change: b, as_of: soon}\n", "rules.no-date", 4),
    ],
)
def test_what_is_no_case_is_refused_at_its_line(tmp_path: Path, text: str, code: str, line: int) -> None:
    path = tmp_path / "odd.cases.yaml"
    path.write_text(text)
    with pytest.raises(RuleError) as refused:
        read_cases(path)
    assert refused.value.place is not None
    assert (refused.value.code, refused.value.place.line) == (code, line)
    assert all(refused.value.worded(lang) for lang in ("en", "ko"))


def test_a_variant_has_what_its_case_has_with_its_changes(tmp_path: Path) -> None:
    path = tmp_path / "good.cases.yaml"
    path.write_text(
        BASE
        + "  expect: {US: clear}\n  variants:\n    - {change: a, as_of: 2025-01-01, facts: {item.form: record}, expect: {KR: clear}}\n"
    )
    first, second = read_cases(path)
    assert first.facts == {"item.kind": "data"}
    assert second.facts == {"item.kind": "data", "item.form": "record"}
    assert (second.sentence, second.as_of.isoformat(), second.expect) == ("A flow. — a", "2025-01-01", {"KR": "clear"})
