"""Equipment of a kind that the biological control lists name, by what a user says of it: a fermenter's volume."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from biopact.errors import UsageError
from biopact.screening.names.clean import cleaned, folded
from biopact.screening.resources import yaml_of

__all__ = ["EquipmentMatch", "match_equipment", "parameters_from"]

Verdict = Literal["likely", "below", "ask"]


@dataclass(frozen=True, slots=True)
class EquipmentMatch:
    """A piece of equipment of a listed kind: the entry, the parameter that decides with its bounds, and the verdict.

    ``likely`` controlled, ``below`` (outside) the bounds, or ``ask``: the parameter was not given.
    """

    item: str
    kind: str
    entry: str
    parameter: str
    unit: str
    bounds: str
    value: float | None
    verdict: Verdict


def match_equipment(item: str, texts: Iterable[str], parameters: Mapping[str, float]) -> tuple[EquipmentMatch, ...]:
    """The listed kinds whose words stand in the texts, judged by the parameters. Raises UsageError for one unknown."""
    said = [" ".join(folded(cleaned(text).text)) for text in texts]
    found = [row for row in yaml_of("equipment") if any(_says(words, said) for words in row["words"])]
    known = {row["parameter"] for row in yaml_of("equipment")}
    odd = next((name for name in parameters if name not in known), None)
    if odd is not None:
        raise UsageError("screening.no-such-parameter", None, found=odd, known=", ".join(sorted(known)))
    return tuple(_judged(item, row, parameters.get(row["parameter"])) for row in found)


def parameters_from(options: Iterable[str], items: Iterable[str]) -> dict[str, dict[str, float]]:
    """``ITEM.PARAMETER=NUMBER`` as the command line has it. Raises UsageError for one that is not so."""
    found: dict[str, dict[str, float]] = {}
    ids = set(items)
    for option in options:
        where, equals, text = option.partition("=")
        item, dot, name = where.rpartition(".")
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not equals or not dot or item not in ids or not 0 <= value < float("inf"):
            raise UsageError("screening.odd-parameter", None, found=option, items=", ".join(sorted(ids)) or "–")
        found.setdefault(item, {})[name] = value
    return found


def _says(words: str, said: list[str]) -> bool:
    term = " ".join(folded(words))
    hangul = "가" <= term[:1] <= "힣"
    return any(term.replace(" ", "") in text.replace(" ", "") if hangul else f" {term}" in f" {text}" for text in said)


def _judged(item: str, row: Mapping[str, Any], value: float | None) -> EquipmentMatch:
    low, over, under, high = (row.get(key) for key in ("at_least", "more_than", "less_than", "at_most"))
    bounds = " ".join(
        f"{sign} {bound:g}" for sign, bound in (("≥", low), (">", over), ("<", under), ("≤", high)) if bound is not None
    )
    if value is None:
        verdict: Verdict = "ask"
    else:
        inside = (low is None or value >= low) and (over is None or value > over)
        inside = inside and (under is None or value < under) and (high is None or value <= high)
        verdict = "likely" if inside else "below"
    return EquipmentMatch(item, row["id"], row["entry"], row["parameter"], row["unit"], bounds, value, verdict)
