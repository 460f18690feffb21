"""The law itself, on the pacts of the examples and templates: what is not known may only widen what is answered."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from biopact.decide import check
from biopact.decide.reading import PactVocabulary
from biopact.errors import InputError
from biopact.law import the_law
from biopact.marked import Marked, read
from biopact.pact import from_marked

from ..conftest import ROOT

FOLDERS = [*sorted((ROOT / "examples").iterdir()), *sorted((ROOT / "src/biopact/pact/templates").iterdir())]
PACTS = [folder for folder in FOLDERS if (folder / "pact.yaml").is_file()]
# what makes a pact another pact, not one of which less is known
STRUCTURE = {
    "kind",
    "item",
    "items",
    "from",
    "to",
    "legs",
    "holder",
    "source",
    "target",
    "prior",
    "date",
    "starts",
    "ends",
}
STRUCTURE |= {"name", "title", "identifiers", "dispersed"}


def with_less(value: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The pact without one fact, without one key of one, without one share of an owner."""
    for section in ("parties", "items", "flows"):
        for name, part in (value.get(section) or {}).items():
            for key, written in part.items():
                if key in STRUCTURE:
                    continue
                less = copy.deepcopy(value)
                del less[section][name][key]
                yield f"{section}.{name}.{key}", less
                for inner in written if isinstance(written, dict) and key != "people" else ():
                    less = copy.deepcopy(value)
                    del less[section][name][key][inner]
                    yield f"{section}.{name}.{key}.{inner}", less
                for index, _ in enumerate(written if key == "owners" else ()):
                    less = copy.deepcopy(value)
                    less[section][name][key][index].pop("share", None)
                    yield f"{section}.{name}.{key}[{index}].share", less


@pytest.mark.parametrize("folder", PACTS, ids=lambda folder: folder.name)
def test_a_settled_verdict_stands_whatever_fact_it_was_settled_without(folder: Path) -> None:
    law = the_law([])
    vocabulary = PactVocabulary(law.vocabulary)
    marked = read(folder / "pact.yaml")
    pact = from_marked(marked, None, vocabulary)
    whole = {flow.id: flow for flow in check(pact, law)}
    compared = 0
    for what, less in with_less(marked.value):
        try:
            weaker = from_marked(Marked(less, "pact.yaml", marked.lines), None, vocabulary)
        except InputError:
            continue
        for flow in check(weaker, law, pact.as_of):
            known = whole[flow.id]
            assert flow.low <= known.low <= known.high <= flow.high, f"{flow.id} without {what}"
            compared += 1
    assert compared > 10
