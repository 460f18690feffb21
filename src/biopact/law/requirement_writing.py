"""A row of requirements as it is written in the file; what a patch changes and what ``--json`` prints."""

from __future__ import annotations

from typing import Any

from biopact.law.requirement_model import Clock, Document, Fee, Row, Side

__all__ = ["written"]


def written(row: Row) -> dict[str, Any]:
    """The row in the shape of the file: plain values, days as text, keys without a value left out (a side of None: null)."""
    return {
        "id": row.id,
        "source_row": row.source_row,
        "topic": dict(row.topic),
        "products": list(row.products),
        "stage": row.stage,
        **_said(routes=list(row.routes)),
        "us": _side(row.us),
        "kr": _side(row.kr),
        "relation": row.relation,
        "lever": dict(row.lever) if row.lever else None,
        "effect_days": {"low": row.effect_days.low, "high": row.effect_days.high, "basis": row.effect_days.basis},
        "confidence": row.confidence,
        **_said(note=dict(row.note) if row.note else None),
    }


def _side(side: Side | None) -> dict[str, Any] | None:
    if side is None:
        return None
    return {
        "requirement": dict(side.requirement),
        **_said(name=side.name),
        "cite": side.cite,
        **({} if side.asks else {"asks": False}),
        "from": side.start.isoformat() if side.start else None,
        "checked": side.checked,
        **_said(second_check=side.second_check, source=side.source),
        **_said(clocks=[_clock(clock, side) for clock in side.clocks]),
        **_said(documents=[_document(document) for document in side.documents]),
        **_said(fees=[_fee(fee) for fee in side.fees]),
        **_said(rule=side.rule),
    }


def _clock(clock: Clock, side: Side) -> dict[str, Any]:
    return {
        "id": clock.id,
        "title": dict(clock.title),
        "starts": clock.starts,
        "amount": clock.amount,
        "unit": clock.unit,
        "by": clock.by,
        "binding": clock.binding,
        **_said(at_most=clock.at_most, runs="before" if clock.before else None, repeats=clock.repeats, on=clock.on),
        **_said(stops_on=list(clock.stops_on), route=clock.route, products=list(clock.products)),
        **({"source": clock.source} if clock.source != side.cite else {}),
    }


def _document(document: Document) -> dict[str, Any]:
    applies = _said(products=list(document.products), routes=list(document.routes))
    if document.imported is not None:
        applies["imported"] = document.imported
    return {
        "id": document.id,
        "title": dict(document.title),
        "ctd": document.ctd,
        "us_heading": document.us_heading,
        "kr_heading": document.kr_heading,
        "application_types": list(document.application_types),
        "languages": list(document.languages),
        "action": document.action,
        **({} if document.certified is None else {"certified": document.certified}),
        **_said(applies=applies),
    }


def _fee(fee: Fee) -> dict[str, Any]:
    return {
        "id": fee.id,
        "title": dict(fee.title),
        "amount": fee.amount,
        "currency": fee.currency,
        **_said(products=list(fee.products)),
        **({"from": fee.start.isoformat()} if fee.start else {}),
        **({"to": fee.end.isoformat()} if fee.end else {}),
    }


def _said(**values: Any) -> dict[str, Any]:
    """The values that say something."""
    return {key: value for key, value in values.items() if value}
