"""The parties of a pact and their owners: shares of those listed are added up, and what is settled becomes a fact."""

from __future__ import annotations

from pathlib import Path

import pytest

from biopact.pact import Pact, parse
from biopact.screening import Index, ownership, read_list, screen_pact
from biopact.screening.parties import list_files


def pact_of(parties: str) -> Pact:
    return parse(f"pact: p\nparties:\n{parties}")


@pytest.mark.parametrize(
    ("owners", "level"),
    [
        ("[{party: bad, share: 0.5}]", "owned-50"),
        ("[{party: bad, share: 0.3}, {party: worse, share: 0.2}]", "owned-50"),
        ("[{party: bad, share: 0.49}]", "warning-25"),
        ("[{party: bad, share: 0.25}]", "warning-25"),
        ("[{party: bad, share: 0.1}, {party: worse, share: 0.1}]", "warning-20"),
        ("[{party: bad, share: 0.19}]", None),
        ("[{party: good, share: 1}]", None),
        ("[]", None),
    ],
)
def test_shares_of_listed_owners_add_up_to_a_level(owners: str, level: str | None) -> None:
    pact = pact_of(
        f"  bad: {{country: KP}}\n  worse: {{country: KP}}\n  good: {{country: US}}\n  firm: {{country: KR, owners: {owners}}}\n"
    )
    found, _ = ownership(pact, {"bad", "worse"})
    assert [each.level for each in found] == ([level] if level else [])


def test_an_owner_of_an_owner_counts_and_below_half_does_not_go_on() -> None:
    pact = pact_of(
        "  bad: {country: KP}\n  half: {country: CN, owners: [{party: bad, share: 0.5}]}\n  firm: {country: KR, owners: [{party: half, share: 0.5}]}\n"
        "  less: {country: CN, owners: [{party: bad, share: 0.45}]}\n  other: {country: KR, owners: [{party: less, share: 1}]}\n"
    )
    found, _ = ownership(pact, {"bad"})
    assert {each.node: each.level for each in found} == {"half": "owned-50", "firm": "owned-50", "less": "warning-25"}


def test_a_share_that_is_not_known_may_reach_a_level_and_is_said_not_to_be_certain() -> None:
    pact = pact_of(
        "  bad: {country: KP}\n  firm: {country: KR, kind: company, owners: [{party: bad}]}\n  open: {country: KR, kind: company}\n"
    )
    found, unknown = ownership(pact, {"bad"})
    assert [(each.node, each.level, each.certain) for each in found] == [("firm", "owned-50", False)]
    assert unknown == ("open",)


def screened(folder: Path) -> tuple[Pact, Index]:
    (folder / "lists").mkdir(exist_ok=True)
    (folder / "lists" / "kr-fsc.csv").write_text(
        "id,name,type\n1,도종수,person\n2,Example Trading Co,company\n", encoding="utf-8"
    )
    (folder / "pact.yaml").write_text(
        "pact: p\nparties:\n  firm:\n    name: {en: Harmless Foods, ko: 무해식품}\n    country: KR\n    kind: company\n"
        "    owners: [{name: DO Jong Su, country: KR, kind: person, share: 0.6}]\n"
        "  trader: {name: {en: 'Example Trading Co., Ltd.', ko: 예시무역}, country: KR, kind: company, owners: []}\n"
        "  clean: {name: {en: Riverbank Hospital, ko: 강변병원}, country: KR, kind: hospital}\n",
        encoding="utf-8",
    )
    from biopact.pact import read

    pact = read(folder)
    return pact, Index.of([read_list(file, name) for name, file in list_files(pact)])


def test_named_owners_are_screened_and_what_they_own_is_told(tmp_path: Path) -> None:
    pact, index = screened(tmp_path)
    done = screen_pact(pact, index)
    assert {each.hit.query.id for each in done.hits} == {"owner:DO Jong Su (KR)", "trader"}
    assert done.needs_action
    assert [(each.node, each.level) for each in done.owned] == [("firm", "owned-50")]
