"""Every fault is told with its file, its line, its field and what to do, in both languages, together."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from biopact.errors import InputError, InputErrors
from biopact.marked import Marked
from biopact.pact import Pact, from_marked, parse, read

Faulty = Callable[[str, str], list[InputError]]

# what is replaced, by what, the code of the fault, and its field
CASES = [
    # names and keys
    ("country: KR\n", "cuntry: KR\n", "unknown-key-near", "parties.kr.cuntry"),
    ("consent: broad", "conset: broad", "unknown-key-near", "items.kr-records.conset"),
    ("as_of: 2026-12-01", "zzz: 1", "unknown-key", "zzz"),
    ("limits: {min_cell: 10}", "limits: {min_cel: 10}", "unknown-key-near", "limits.min_cel"),
    ("{party: us, share: 0.55}", "{party: us, shre: 0.55}", "unknown-key-near", "parties.hub.owners[0].shre"),
    ("consent: broad", "facts: {a: 1}", "unknown-key", "items.kr-records.facts"),
    ("kind: hospital\n    licences", "kind: hospitl\n    licences", "not-one-of-near", "parties.kr.kind"),
    ("kind: hospital\n    licences", "kind: public\n    licences", "not-one-of", "parties.kr.kind"),
    ("shares: {kind: investment,", "shares: {kind: investmnt,", "not-one-of-near", "items.shares.kind"),
    ("shares: {kind: investment,", "shares: {knd: investment,", "unknown-key-near", "items.shares.knd"),
    ("dossier: {kind: submission, holder: hub}", "dossier: {holder: hub}", "missing-key", "items.dossier.kind"),
    ("dossier: {kind: submission,", "dossier: {kind: submission, stake: 0.1,", "fact-of-other-kind", None),
    ("dossier: {kind: submission,", "dossier: {kind: submission, form: record,", "fact-of-other-kind", None),
    ("pact: liver-2026", "pact: ../up", "odd-id", "pact"),
    ("pact: liver-2026\n", "", "missing-key", "pact"),
    ("parties:\n", "parties:\n  public: {}\n", "reserved-id", "parties.public"),
    # wrong types
    ("contains: [personal-health]\n    people", "contains: personal-health\n    people", "expected-list", None),
    ("  kr-sums: {kind: data, source: kr-records, form: aggregate}", "  kr-sums: 5", "expected-mapping", None),
    ("limits: {min_cell: 10}", "limits: 10", "expected-mapping", "limits"),
    ("limits: {min_cell: 10}", "limits: {min_cell: ten}", "expected-whole", "limits.min_cell"),
    ("limits: {min_cell: 10}", "limits: {min_cell: 2.5}", "expected-whole", "limits.min_cell"),
    ("name: U.S. collector", "name: 5", "expected-text", "parties.us.name"),
    ("name: U.S. collector", "name: {fr: x}", "unknown-language", "parties.us.name"),
    ("name: U.S. collector", 'name: "x\\e[31m"', "odd-characters", "parties.us.name"),
    ('duns: "012345678"', "duns: 012345678", "expected-text", "parties.us.identifiers.duns"),
    ('duns: "012345678"', 'duns: "1234"', "odd-number-of-party", "parties.us.identifiers.duns"),
    # countries
    ("country: KR\n", "country: EU\n", "union-not-country", "parties.kr.country"),
    ("country: KR\n", "country: South Korea\n", "unknown-country-near", "parties.kr.country"),
    ("country: KR\n", "country: XX\n", "unknown-country", "parties.kr.country"),
    ("people: {KR: {at_most: 100}}", "people: {UK: 1}", "unknown-country-near", "items.kr-records.people.UK"),
    ("region: US-MA", "region: Massachusetts", "odd-region", "parties.us.region"),
    ("region: US-MA", "region: KR-11", "region-elsewhere", "parties.us.region"),
    # numbers
    ("people: {KR: {at_most: 100}}", "people: {KR: -3}", "below-zero", "items.kr-records.people.KR"),
    ("people: {KR: {at_most: 100}}", "people: {KR: {at_most: -3}}", "below-zero", "items.kr-records.people.KR"),
    ("people: {KR: {at_most: 100}}", "people: {KR: {atmost: 3}}", "odd-bounds", "items.kr-records.people.KR"),
    (
        "people: {KR: {at_most: 100}}",
        "people: {KR: {at_least: 9, at_most: 3}}",
        "bounds-crossed",
        "items.kr-records.people.KR",
    ),
    ("people: {KR: {at_most: 100}}", "people: {KR: 1.5}", "expected-whole", "items.kr-records.people.KR"),
    ("share: 0.55", "share: 55", "share-above-one", "parties.hub.owners[0].share"),
    ("share: 0.55", "share: -0.1", "below-zero", "parties.hub.owners[0].share"),
    ("share: 0.55", "share: 55 %", "expected-share", "parties.hub.owners[0].share"),
    # owners
    ("share: {at_most: 0.2}", "share: 0.46", "shares-above-one", "parties.hub.owners"),
    (
        "owners: [{party: us, share: 0.55}",
        "dispersed: maybe\n    owners: [{party: us, share: 0.55}",
        "expected-yes-no",
        None,
    ),
    ("{party: us, share: 0.55}", "{party: uss, share: 0.55}", "unknown-party-near", "parties.hub.owners[0].party"),
    ("{party: us, share: 0.55}", "{party: public, share: 0.55}", "public-not-here", "parties.hub.owners[0].party"),
    ("{party: us, share: 0.55}", "{share: 0.55}", "owner-unnamed", "parties.hub.owners[0]"),
    ("{party: us, share: 0.55}", "{party: us, name: x}", "owner-named-twice", "parties.hub.owners[0]"),
    ("{party: us, share: 0.55}", "{party: us, country: US}", "owner-described", "parties.hub.owners[0].country"),
    ("{name: A fund, country: CN,", "{party: us,", "same-owner-twice", "parties.hub.owners[1]"),
    ("region: US-MA", "owners: [{party: hub, share: 0.5}]", "circle-of-owners", None),
    ("{party: us, share: 0.55}", "{party: hub, share: 0.6}", "circle-of-owners", "parties.hub.owners[0]"),
    ("- {to: hub, contains", "- {to: hubb, contains", "unknown-party-near", "parties.us.prior[0].to"),
    ("- {to: hub, contains", "- {to: us, contains", "to-itself", "parties.us.prior[0].to"),
    ("- {to: hub, contains", "- {contains", "missing-key", "parties.us.prior[0].to"),
    # items
    ("holder: kr\n", "holder: krr\n", "unknown-party-near", "items.kr-records.holder"),
    ("source: kr-records", "source: kr-record", "unknown-item-near", "items.kr-sums.source"),
    ("holder: kr\n", "holder: kr\n    source: kr-sums\n", "circle-of-sources", "items.kr-records.source"),
    ("target: hub", "target: nobody-here", "unknown-party", "items.shares.target"),
    # facts
    ("consent: broad", "consent: brod", "bad-fact", "items.kr-records.consent"),
    ("contains: [personal-health]\n    people", "contains: [health]\n    people", "bad-fact", None),
    ("signed_on: 2026-03-01", "signed_on: 2026-02-30", "bad-fact", "flows.money.signed_on"),
    # flows
    ("from: kr, to: [hub, us], purpose", "from: krr, to: [hub, us], purpose", "unknown-party-near", None),
    ("from: kr, to: [hub, us], purpose", "from: public, to: [hub, us], purpose", "public-not-here", None),
    ("from: kr, to: [hub, us], purpose", "from: kr, to: [], purpose", "empty", "flows.kr-sums.to"),
    ("from: kr, to: [hub, us], purpose", "from: kr, to: [hub, hub], purpose", "repeated", "flows.kr-sums.to[1]"),
    ("from: kr, to: [hub, us], purpose", "from: kr, to: [kr], purpose", "to-itself", "flows.kr-sums.to[0]"),
    ("from: kr, to: [hub, us], purpose", "from: kr, purpose", "missing-key", "flows.kr-sums.to"),
    ("result: {item: kr-sums,", "result: {item: nothing-like-it,", "unknown-item", "flows.result.item"),
    ("result: {item: kr-sums,", "result: {", "missing-key", "flows.result.item"),
    ("result: {item: kr-sums,", "result: {item: kr-sums, items: [kr-sums],", "exclude-each-other", None),
    ("result: {item: kr-sums,", "result: {item: [kr-sums],", "one-item", "flows.result.item"),
    ("items: [kr-sums]", "items: [kr-sums, kr-sums]", "repeated", "flows.onward.items[1]"),
    ("{from: us, to: hub}]", "{from: fda, to: hub}]", "legs-apart", "flows.onward.legs[1].from"),
    ("{from: us, to: hub}]", "{from: us, to: hub}]\n    from: us", "legs-begin-elsewhere", "flows.onward.from"),
    ("{from: us, to: hub}]", "{from: us, to: hub}]\n    to: us", "legs-end-elsewhere", "flows.onward.to"),
    ("legs: [{from: kr, to: us}", "legs: [{from: kr, to: public}", "public-not-here", "flows.onward.legs[0].to"),
    ("item: dossier, from: hub, to: fda", "item: dossier, from: hub, to: us", "submission-to", "flows.filing.to"),
    ("item: shares, from: us, to: hub", "item: shares, from: us, to: fda", "investment-to", "flows.money.to"),
    # days
    ("date: 2027-01-15", "date: 2026-02-30", "no-such-day", "flows.result.date"),
    ("date: 2027-01-15", "date: 15/01/2027", "expected-day", "flows.result.date"),
    ("date: 2027-01-15", "date: 2027", "expected-day", "flows.result.date"),
    ("ends: 2026-06-30", "ends: 2025-06-30", "ends-before", "flows.onward.ends"),
    ("    ends: 2026-06-30\n", "", "missing-key", "flows.onward.ends"),
    ("ends: 2026-06-30", "date: 2026-06-30", "exclude-each-other", "flows.onward.date"),
    ("as_of: 2026-12-01", "as_of: tomorrow", "expected-day", "as_of"),
    # evidence
    ("flow: kr-sums, issuer", "flow: kr-sum, issuer", "unknown-flow-near", "evidence[0].flow"),
    ("to: 2027-03-01", "to: 2025-03-01", "ends-before", "evidence[0].to"),
    ("file: evidence/irb-041.pdf", "file: ../irb-041.pdf", "outside", "evidence[0].file"),
    ("file: evidence/irb-041.pdf", "file: /etc/passwd", "outside", "evidence[0].file"),
    ("file: evidence/irb-041.pdf", 'file: "C:\\\\x.pdf"', "outside", "evidence[0].file"),
    ("file: evidence/irb-041.pdf", f"sha256: {'0' * 64}", "missing-key", "evidence[0].file"),
    ("file: evidence/irb-041.pdf", "file: a.pdf, sha256: abc", "odd-digest", "evidence[0].sha256"),
    ("people: {KR: {at_most: 100}}", f"people: {{KR: {9 * 10**30}}}", "too-large-number", "items.kr-records.people.KR"),
    ("limits: {min_cell: 10}", f"limits: {{min_cell: {2**53}}}", "too-large-number", "limits.min_cell"),
    ("people: {KR: {at_most: 100}}", "people: {KR: .inf}", "expected-whole", "items.kr-records.people.KR"),
    ("people: {KR: {at_most: 100}}", "people: {KR: .nan}", "expected-whole", "items.kr-records.people.KR"),
    ("share: 0.55", "share: .inf", "share-above-one", "parties.hub.owners[0].share"),
    ("share: 0.55", "share: .nan", "expected-share", "parties.hub.owners[0].share"),
    ("- {rule: kr/bioethics-act/15, flow", "- {flow", "missing-key", "evidence[0].rule"),
]


@pytest.mark.parametrize(("old", "new", "code", "field"), CASES, ids=[f"{c[2]}-{n}" for n, c in enumerate(CASES)])
def test_a_fault_is_told_with_its_line_and_field(
    faulty: Faulty, good: str, old: str, new: str, code: str, field: str | None
) -> None:
    faults = faulty(old, new)
    assert [fault.code for fault in faults] == [f"pact.{code}"]
    place = faults[0].place
    assert place is not None
    assert place.file == "pact.yaml"
    assert field is None or place.field == field
    first = good[: good.index(old)].count("\n") + 1
    after = first + max(old.count("\n"), new.count("\n"))
    holders = {"missing-key", "circle-of-owners", "shares-above-one", "same-owner-twice"}
    assert code in holders or first <= (place.line or 0) <= after
    assert faults[0].exit_code == 3
    for lang in ("en", "ko"):
        worded = faults[0].worded(lang)  # type: ignore[arg-type]
        assert worded.startswith(f"pact.yaml:{place.line}:")
        assert "\n  " in worded, "a second line says what to do"
        assert not re.search(r"\{[a-z_-]+\}", worded), "a value that was not put in"
    assert re.search("[가-힣]", faults[0].worded("ko"))


def test_all_faults_of_a_file_are_told_together_in_the_order_of_their_lines(good: str, vocabulary: Any) -> None:
    broken = good
    for old, new in [
        ("country: KR\n", "country: UK\n"),
        ("share: 0.55", "share: 55"),
        ("conset", ""),
        ("date: 2027-01-15", "date: 2027-02-30"),
        ("to: [hub, us], purpose", "to: [hub, hub], purpose"),
        ("limits: {min_cell: 10}", "limits: {min_cel: 10}"),
        ("flow: kr-sums, issuer", "flow: none-such, issuer"),
    ]:
        broken = broken.replace(old, new)
    with pytest.raises(InputErrors) as caught:
        parse(broken, vocabulary=vocabulary)
    codes = [fault.code.removeprefix("pact.") for fault in caught.value.faults]
    assert codes == [
        "unknown-country-near",
        "share-above-one",
        "repeated",
        "no-such-day",
        "unknown-key-near",
        "unknown-flow",
    ]
    assert "Faults found: 6" in caught.value.worded("en")
    assert "오류 6건" in caught.value.worded("ko")


def test_a_fault_of_a_part_does_not_make_others_call_it_absent(faulty: Faulty) -> None:
    assert [fault.code for fault in faulty("  hub:\n    country: US", "  hub:\n    country: USA")] == [
        "pact.unknown-country-near"
    ]
    assert [fault.code for fault in faulty("dossier: {kind: submission,", "dossier: {kind: paper,")] == [
        "pact.not-one-of"
    ]


def test_small_cross_holdings_are_legal(good: str) -> None:
    crossed = good.replace("region: US-MA", "owners: [{party: hub, share: 0.49}]")
    assert parse(crossed, vocabulary=None).parties["us"].owners
    own_shares = good.replace("{party: us, share: 0.55}", "{party: hub, share: 0.05}")
    assert parse(own_shares).parties["hub"].owners


def test_shares_that_come_to_the_whole_in_decimals_are_accepted(good: str) -> None:
    thirds = good.replace("{party: us, share: 0.55}", "{name: a, share: 0.7}, {name: b, share: 0.1}").replace(
        "{at_most: 0.2}", "0.2"
    )
    assert sum(owner.share.low for owner in parse(thirds).parties["hub"].owners or ()) == pytest.approx(1)


def test_an_item_that_two_parties_send_needs_a_holder_and_only_then(good: str) -> None:
    two = good.replace(
        "  filing:", "  again: {item: shares2, from: kr, to: us}\n  more: {item: shares2, from: fda, to: us}\n  filing:"
    )
    two = two.replace("  dossier:", "  shares2: {kind: data}\n  dossier:")
    with pytest.raises(InputError) as caught:
        parse(two)
    assert caught.value.code == "pact.no-holder"
    assert parse(two.replace("shares2: {kind: data}", "shares2: {kind: data, holder: kr}")).items["shares2"].holder
    onward = two.replace("more: {item: shares2, from: fda", "more: {item: shares2, from: hub").replace(
        "again: {item: shares2, from: kr, to: us}", "again: {item: shares2, from: kr, to: [us, hub]}"
    )
    assert parse(onward).holder_of(parse(onward).items["shares2"]) == "kr"


@pytest.mark.parametrize("content", ["[]", "5", "text", "- a\n- b", "true", "null"])
def test_a_file_that_is_no_mapping_is_told(content: str) -> None:
    with pytest.raises(InputError) as caught:
        parse(content)
    assert caught.value.code == "pact.expected-mapping"


def test_broken_and_absent_files_are_told_as_faults_of_a_pact(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read(tmp_path)
    assert caught.value.code == "marked.missing"
    (tmp_path / "pact.yaml").write_text("pact: [a\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read(tmp_path)
    assert caught.value.code == "marked.bracket"


def test_a_link_that_leads_out_of_the_folder_is_no_evidence(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (folder / "evidence").symlink_to(elsewhere, target_is_directory=True)
    with pytest.raises(InputError) as caught:
        read(folder)
    assert caught.value.code == "pact.outside"


# --- whatever is written --------------------------------------------------------------------------------------------

WORDS = st.sampled_from([
    "pact", "title", "parties", "items", "flows", "limits", "evidence", "kr", "us", "hub", "kr-sums", "kind", "data",
    "country", "KR", "EU", "owners", "share", "party", "name", "people", "from", "to", "date", "starts", "ends", "legs",
    "2026-02-30", "2026-01-01", "at_most", "contains", "source", "holder", "item", "public",
])  # fmt: skip
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), WORDS)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4), max_leaves=12
)


def told(reading: Callable[[], Pact]) -> Pact | str:
    """The pact, or what is said; nothing else may happen."""
    try:
        return reading()
    except InputError as error:
        return error.worded("en") + error.worded("ko")


@given(value=VALUES)
@settings(max_examples=150, deadline=None)
def test_any_value_is_a_pact_or_a_told_error(value: Any, vocabulary: Any) -> None:
    assert told(lambda: from_marked(Marked(value, "f.yaml", {(): 1}), None, vocabulary))


@given(data=st.data())
@settings(max_examples=250, deadline=None)
def test_a_good_pact_with_any_part_replaced_is_a_pact_or_a_told_error(
    data: st.DataObject, pact: Pact, vocabulary: Any
) -> None:
    value: Any = copy.deepcopy(dict(pact.written))
    for _ in range(data.draw(st.integers(1, 3))):
        where: Any = value
        while True:
            keys = list(where) if isinstance(where, dict) else list(range(len(where)))
            key = data.draw(st.sampled_from(keys))
            if isinstance(where[key], dict | list) and where[key] and data.draw(st.booleans()):
                where = where[key]
                continue
            change = data.draw(st.sampled_from(["replace", "rename", "remove"]))
            if change == "replace" or isinstance(where, list):
                where[key] = data.draw(VALUES)
            elif change == "rename":
                where[data.draw(WORDS)] = where.pop(key)
            elif len(where) > 1:
                del where[key]
            break
    assert told(lambda: from_marked(Marked(value, "f.yaml", {(): 1}), None, vocabulary))


@given(
    cut=st.integers(0, 2200),
    put=st.sampled_from(["", "{", "}", "[", ":", "- ", "\t", "&a ", "*a", "'", "\x00", "\n  x"]),
)
@settings(max_examples=200, deadline=None)
def test_a_good_text_with_any_cut_is_a_pact_or_a_told_error(cut: int, put: str, good: str, vocabulary: Any) -> None:
    assert told(lambda: parse(good[:cut] + put + good[cut + 1 :], vocabulary=vocabulary))
