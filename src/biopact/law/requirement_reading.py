"""Rows of requirements from their YAML, every fault with its line; and back to what would be written."""

from __future__ import annotations

import re
from typing import Any, cast

from biopact.errors import RuleError
from biopact.law import requirement_model as model
from biopact.law.requirement_fields import Fields, Path
from biopact.law.requirement_model import Clock, Document, EffectDays, Fee, Row, Side, Unit
from biopact.marked import Marked

__all__ = ["Reader", "rows_of"]

_TOP = {"edition", "rows", "note"}
_ROW = {
    *("id", "source_row", "topic", "products", "stage", "routes", "us", "kr", "relation", "lever", "effect_days"),
    *("confidence", "note"),
}
_SIDE = {
    *("requirement", "name", "cite", "asks", "from", "checked", "second_check", "source", "clocks", "documents"),
    *("fees", "rule"),
}
_CLOCK = {
    *("id", "title", "starts", "amount", "at_most", "unit", "by", "binding", "source", "runs", "repeats", "on"),
    *("stops_on", "route", "products"),
}
_DOCUMENT = {
    *("id", "title", "ctd", "us_heading", "kr_heading", "application_types", "languages", "action", "certified"),
    "applies",
}
_FEE = {"id", "title", "amount", "currency", "products", "from", "to"}
_EFFECT = {"low", "high", "basis"}
_APPLIES = {"products", "routes", "imported"}
_DAY = re.compile(r"(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])\Z")
_RULE = re.compile(r"(us|kr|int)/[a-z0-9-]+/[A-Za-z0-9.-]+\Z")


def rows_of(marked: Marked) -> tuple[Row, ...]:
    """The rows of a parsed file. Raises RuleError, or InputErrors where there is more than one fault."""
    value = marked.value
    if not isinstance(value, dict) or not isinstance(value.get("rows"), list):
        raise RuleError("requirements.no-rows", marked.place())
    reader = Reader(marked.place)
    reader.keys(value, _TOP, ())
    rows = [reader.row(row, ("rows", index)) for index, row in enumerate(value["rows"])]
    reader.unique(value["rows"], ("rows",))
    reader.done()
    return tuple(row for row in rows if row is not None)


class Reader(Fields):
    """Reads rows."""

    def row(self, value: Any, path: Path) -> Row | None:
        """One row, or None (and a fault) where it is no mapping."""
        if not self.mapping(value, _ROW, path):
            return None
        for country in ("us", "kr"):
            if country not in value:
                self.fault("side-missing", path, country=country)
        return Row(
            id=self.name(value, path),
            source_row=self.text(value, "source_row", path) or "",
            topic=self.both(value, "topic", path),
            products=self.several(value, "products", model.PRODUCTS, path, at_least=1),
            stage=self.one(value, "stage", model.STAGES, path),
            routes=self.several(value, "routes", model.ROUTES, path),
            us=self._side(value.get("us"), (*path, "us")),
            kr=self._side(value.get("kr"), (*path, "kr")),
            relation=self.one(value, "relation", model.RELATIONS, path),
            lever=None if value.get("lever") is None else self.both(value, "lever", path),
            effect_days=self._effect(value.get("effect_days"), (*path, "effect_days")),
            confidence=self.one(value, "confidence", model.CONFIDENCES, path),
            note=None if value.get("note") is None else self.both(value, "note", path),
            place=self.place(*path),
        )

    def _side(self, value: Any, path: Path) -> Side | None:
        if value is None or not self.mapping(value, _SIDE, path):
            return None
        cite = self.text(value, "cite", path, optional=True)
        rule = self.text(value, "rule", path, optional=True)
        if rule is not None and not _RULE.match(rule):
            self.fault("rule-form", (*path, "rule"), found=rule)
        second = value.get("second_check")
        return Side(
            requirement=self.both(value, "requirement", path),
            name=self.text(value, "name", path, optional=True),
            cite=cite,
            asks=self.flag(value, "asks", path, True),
            start=self.date(value, "from", path),
            checked=self.one(value, "checked", model.CHECKED, path),
            second_check=None if second is None else self.one(value, "second_check", model.SECOND_CHECKS, path),
            source=self.text(value, "source", path, optional=True),
            clocks=self.listed(value, "clocks", path, lambda it, at: self._clock(it, at, cite)),
            documents=self.listed(value, "documents", path, self._document),
            fees=self.listed(value, "fees", path, self._fee),
            rule=rule,
        )

    def _clock(self, value: Any, path: Path, cite: str | None) -> Clock | None:
        if not self.mapping(value, _CLOCK, path):
            return None
        on = self.text(value, "on", path, optional=True)
        if on is not None and not _DAY.match(on):
            self.fault("day-form", (*path, "on"), found=on)
        amount, most = self.amount(value, "amount", path), self.amount(value, "at_most", path)
        if amount is not None and most is not None and most < amount:
            self.fault("at-most-less", (*path, "at_most"), amount=amount, at_most=most)
        runs = value.get("runs", "after")
        return Clock(
            id=self.name(value, path),
            title=self.both(value, "title", path),
            starts=self.one(value, "starts", model.STARTS, path),
            amount=amount,
            at_most=most,
            unit=cast(Unit, self.one(value, "unit", model.UNITS, path)),
            by=self.one(value, "by", model.BOUND, path),
            binding=self.one(value, "binding", model.BINDINGS, path),
            source=self.text(value, "source", path, optional=True) or cite,
            before=runs != "after" and self.one(value, "runs", ("after", "before"), path) == "before",
            repeats=self.flag(value, "repeats", path, False),
            on=on,
            stops_on=self.words(value, "stops_on", path),
            route=None if value.get("route") is None else self.one(value, "route", model.ROUTES, path),
            products=self.several(value, "products", model.PRODUCTS, path),
        )

    def _document(self, value: Any, path: Path) -> Document | None:
        if not self.mapping(value, _DOCUMENT, path):
            return None
        applies = value.get("applies") or {}
        at: Path = (*path, "applies")
        if not self.mapping(applies, _APPLIES, at):
            applies = {}
        return Document(
            id=self.name(value, path),
            title=self.both(value, "title", path),
            ctd=self.text(value, "ctd", path, optional=True),
            us_heading=self.text(value, "us_heading", path, optional=True),
            kr_heading=self.text(value, "kr_heading", path, optional=True),
            application_types=self.several(value, "application_types", model.APPLICATION_TYPES, path, at_least=1),
            languages=self.several(value, "languages", ("en", "ko"), path, at_least=1),
            action=self.one(value, "action", model.ACTIONS, path),
            certified=self.maybe(value, "certified", path),
            products=self.several(applies, "products", model.PRODUCTS, at),
            routes=self.several(applies, "routes", model.ROUTES, at),
            imported=self.maybe(applies, "imported", at),
        )

    def _fee(self, value: Any, path: Path) -> Fee | None:
        if not self.mapping(value, _FEE, path):
            return None
        start, end = self.date(value, "from", path), self.date(value, "to", path)
        if start and end and end < start:
            self.fault("ends-before", (*path, "to"))
        return Fee(
            id=self.name(value, path),
            title=self.both(value, "title", path),
            amount=self.amount(value, "amount", path),
            currency=self.one(value, "currency", ("USD", "KRW"), path),
            products=self.several(value, "products", model.PRODUCTS, path),
            start=start,
            end=end,
        )

    def _effect(self, value: Any, path: Path) -> EffectDays:
        if not self.mapping(value, _EFFECT, path):
            return EffectDays(0, 0, "none")
        low, high = (self.whole(value, key, path) for key in ("low", "high"))
        if low > high:
            self.fault("low-above-high", path, low=low, high=high)
        return EffectDays(low, high, self.one(value, "basis", model.BASES, path))
