"""What each regulator asks, side by side: the table ``requirements.yaml``, read when first asked for.

A row is chosen by product, stage and route; it gives no verdict. The numbers of clocks stand here only: a rule refers to one as
``{clock: clinical-trial-start/kr/review}``. Options patch rows as they patch rules.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn

from biopact.errors import Place, RuleError, UsageError
from biopact.law.requirement_model import (
    PRODUCTS,
    ROUTES,
    STAGES,
    Clock,
    Document,
    EffectDays,
    Fee,
    Row,
    Side,
)
from biopact.law.requirement_reading import Reader, rows_of
from biopact.law.requirement_writing import written
from biopact.marked import Step, spell
from biopact.marked import read as read_marked
from biopact.rules.language.facts import nearest

__all__ = [
    "FILE",
    "Clock",
    "Document",
    "EffectDays",
    "Fee",
    "Row",
    "Side",
    "clock",
    "patched",
    "read",
    "select",
    "written",
]

FILE = Path(__file__).parent / "requirements.yaml"
_SIDES = ("us", "kr")
_PARTS = ("documents", "fees", "clocks")
_STEP = ("requirement", "set", "add", "remove")


def read(path: Path | None = None) -> tuple[Row, ...]:
    """The rows of a file; ours, read once, where none is named. Raises RuleError or InputErrors with the lines."""
    return _ours() if path is None else rows_of(read_marked(path, RuleError))


@lru_cache(maxsize=1)
def _ours() -> tuple[Row, ...]:
    return rows_of(read_marked(FILE, RuleError))


def select(rows: Iterable[Row], product: str, stage: str, route: str | None = None) -> tuple[Row, ...]:
    """The rows of a product and a stage, each narrowed to what counts for the product (and the route, where one is named).

    Raises UsageError for a product, stage or route that is not one, with the nearest that is.
    """
    _known("product", product, PRODUCTS)
    _known("stage", stage, STAGES)
    if route is not None:
        _known("route", route, ROUTES)
    chosen = (row for row in rows if product in row.products and row.stage == stage and _open(row.routes, route))
    return tuple(replace(row, us=_narrow(row.us, product, route), kr=_narrow(row.kr, product, route)) for row in chosen)


def clock(reference: str, rows: Iterable[Row] | None = None) -> Clock:
    """The clock that a rule means by ``ROW/us|kr/CLOCK``. Raises RuleError, with the nearest, where there is none."""
    known = {
        f"{row.id}/{country}/{clock.id}": clock
        for row in (read() if rows is None else rows)
        for country in _SIDES
        if (side := row.side(country)) is not None
        for clock in side.clocks
    }
    if reference not in known:
        raise RuleError("requirements.unknown-clock", None, found=reference, near=nearest(reference, known) or "–")
    return known[reference]


def patched(rows: Sequence[Row], steps: Iterable[Mapping[str, Any]], places: Sequence[Place] = ()) -> tuple[Row, ...]:
    """The rows with some steps of an option taken; the rows given stay as they are.

    A step names its target under ``requirement``: a row (``clinical-trial-start``), a side (``…/kr``), a clock
    (``…/kr/review``), a document or a fee (``…/kr/documents/ID``, ``…/kr/fees/ID``). ``set`` changes keys as they are written
    in the file, ``add`` puts a clock, document or fee on a side, ``remove: true`` takes the target away (a side becomes null).
    Raises RuleError for an unknown target and for a value that the file would not admit; ``places`` says where the steps stand.
    """
    fresh = {row.id: row for row in rows}
    for index, step in enumerate(steps):
        place = places[index] if index < len(places) else Place()
        _step(fresh, step, place)
    return tuple(fresh.values())


def _step(rows: dict[str, Row], step: Mapping[str, Any], place: Place) -> None:
    target = step.get("requirement")
    for key in step:
        if key not in _STEP:
            raise RuleError("requirements.unknown-key", place, key=key, near=nearest(key, _STEP) or ", ".join(_STEP))
    acts = [key for key in ("set", "add", "remove") if key in step]
    if not isinstance(target, str) or len(acts) != 1:
        raise RuleError("requirements.step-form", place)
    row_id, *rest = target.split("/")
    if row_id not in rows:
        _unknown(target, rows, place)
    if acts == ["remove"] and not rest:
        del rows[row_id]
        return
    value = copy.deepcopy(written(rows[row_id]))
    _change(value, rest, acts[0], step, place)

    def at(*path: Step) -> Place:
        return Place(place.file, place.line, spell((target, *path[2:])))

    reader = Reader(at)
    row = reader.row(value, ("rows", 0))
    reader.done()
    if row is None or (row.id != row_id):
        raise RuleError("requirements.step-id", place, id=row_id)
    rows[row_id] = replace(row, place=rows[row_id].place)


def _change(value: dict[str, Any], rest: Sequence[str], act: str, step: Mapping[str, Any], place: Place) -> None:
    """Carry one step out on a row as it is written."""
    name = step["requirement"]
    if not rest:
        if act == "add" or not isinstance(step[act], Mapping):
            raise RuleError("requirements.step-form", place)
        value.update(copy.deepcopy(dict(step["set"])))
        return
    country, *part = rest
    if country not in _SIDES or (part and value.get(country) is None):
        _unknown(name, _targets(value), place)
    if not part:
        _change_side(value, country, act, step, place)
        return
    kind, found = ("clocks", part[0]) if len(part) == 1 else (part[0], "/".join(part[1:]))
    ones = value[country].get(kind, []) if kind in _PARTS else []
    one = next((one for one in ones if one["id"] == found), None)
    if one is None:
        _unknown(name, _targets(value), place)
    if act == "remove":
        ones.remove(one)
    elif act == "set" and isinstance(step["set"], Mapping):
        one.update(copy.deepcopy(dict(step["set"])))
    else:
        raise RuleError("requirements.step-form", place)


def _change_side(value: dict[str, Any], country: str, act: str, step: Mapping[str, Any], place: Place) -> None:
    if act == "remove":
        value[country] = None
        return
    change = step[act]
    if not isinstance(change, Mapping) or (act == "add" and set(change) - set(_PARTS)):
        raise RuleError("requirements.step-form", place)
    side: dict[str, Any] = value[country] or {}
    value[country] = side
    for key, part in copy.deepcopy(dict(change)).items():
        side[key] = [*side.get(key, []), *(part if isinstance(part, list) else [part])] if act == "add" else part


def _targets(value: Mapping[str, Any]) -> list[str]:
    found = [value["id"]]
    for country in _SIDES:
        side: Mapping[str, Any] = value.get(country) or {}
        found.append(f"{value['id']}/{country}")
        for kind in _PARTS:
            middle = "" if kind == "clocks" else f"{kind}/"
            found += [f"{value['id']}/{country}/{middle}{one['id']}" for one in side.get(kind, [])]
    return found


def _unknown(target: str, known: Iterable[str], place: Place) -> NoReturn:
    raise RuleError("requirements.unknown-target", place, target=target, near=nearest(target, known) or "–")


def _narrow(side: Side | None, product: str, route: str | None) -> Side | None:
    if side is None:
        return None
    return replace(
        side,
        clocks=tuple(
            it for it in side.clocks if _of(it.products, product) and _open((it.route,) if it.route else (), route)
        ),
        documents=tuple(it for it in side.documents if _of(it.products, product) and _open(it.routes, route)),
        fees=tuple(it for it in side.fees if _of(it.products, product)),
    )


def _of(products: tuple[str, ...], product: str) -> bool:
    return not products or product in products


def _open(routes: tuple[str, ...], route: str | None) -> bool:
    return route is None or not routes or route in routes


def _known(what: str, found: str, known: Sequence[str]) -> None:
    if found not in known:
        raise UsageError(
            f"requirements.unknown-{what}", None, found=found, near=nearest(found, known) or ", ".join(known)
        )
