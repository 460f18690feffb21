"""Bad tables: what was found, where, and what to do; never a traceback, never a silent zero."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path

import pytest

from biopact.errors import BiopactError, InputError, InputErrors
from biopact.supply.analyses.running import Asked, run
from biopact.supply.network import checks
from biopact.supply.network.checks import check, findings
from biopact.supply.network.rows import Network
from biopact.supply.network.tables import read_network, read_tables

from .conftest import Tables, lane, network, serial
from .writing import write_network

Change = Callable[[Tables], object]


def changed(change: Change) -> Tables:
    tables = copy.deepcopy(serial())
    change(tables)
    return tables


def told(change: Change) -> str:
    """The message of the fault that a change of the serial line makes."""
    with pytest.raises(InputError) as caught:
        check(network(changed(change)), 104)
    return caught.value.worded("en")


def warned(change: Change) -> dict[str, str]:
    return {it.check: it.fault.worded("en") for it in findings(network(changed(change)), 104) if it.level == "warn"}


@pytest.mark.parametrize(("change", "words"), [
    (lambda t: t["lanes"][0].update(to="nowhere"), ["lanes.csv:2: to", "nowhere", "sites"]),
    (lambda t: t["processes"][0].update(capacity=-5), ["processes.csv:2: capacity", "-5", "0"]),
    (lambda t: t["lanes"][0].update(lead=1.5), ["lanes.csv:2: lead", "1.5", "whole"]),
    (lambda t: t["lanes"][0].update(cost="-1"), ["lanes.csv:2: cost"]),
    (lambda t: t["recipes"][0].update(quantity=0), ["recipes.csv:2: quantity", "more than 0"]),
    (lambda t: t["stocks"][0].update(quantity="12 kg"), ["stocks.csv:2: quantity", "12 kg", "not a number", "materials.csv"]),
    (lambda t: t["stocks"][0].update(quantity="nan"), ["stocks.csv:2", "finite"]),
    (lambda t: t["demand"][0].update(quantity="1e999"), ["demand.csv:2", "finite"]),
    (lambda t: t["sites"][0].update(country="EU"), ["sites.csv:2: country", "EU", "member state"]),
    (lambda t: t["sites"][0].update(country="Korea"), ["sites.csv:2: country", "KR"]),
    (lambda t: t["sites"][0].update(ttr=""), ["sites.csv:2: ttr", "empty"]),
    (lambda t: t["sites"].append(dict(t["sites"][0])), ["sites.csv:5", "twice"]),
    (lambda t: t["recipes"].append({"process": "make-raw", "input": "drug", "quantity": 1}), ["recipes.csv", "raw", "drug", "make itself"]),
    (lambda t: t["lanes"].append(lane("loop", "F", "F", "raw")), ["lanes.csv:4", "one site"]),
    (lambda t: t.update(events=[{"id": "e", "kind": "earthquake", "target": "F"}]), ["events.csv:2: kind", "earthquake", "country"]),
    (lambda t: t.update(events=[{"id": "e", "kind": "country", "target": "JP"}]), ["events.csv:2: target", "JP"]),
    (lambda t: t.update(policies=[{"id": "p", "kind": "stockpile", "target": "D:drug"}]), ["policies.csv:2: value", "stockpile"]),
    (lambda t: t.update(policies=[{"id": "p", "kind": "dual-source", "target": "make-drg"}]), ["policies.csv:2: target", "make-drug"]),
    (lambda t: t.update(policies=[{"id": "p", "kind": "recognition", "value": 2}]), ["policies.csv:2: value", "2"]),
    (lambda t: t.update(sources=[{"table": "sites", "row": "S", "column": "ttr", "source": "x", "confidence": "L", "low": 30, "high": 9}]),
     ["sources.csv:2: low", "upside down"]),
])  # fmt: skip
def test_a_bad_cell_is_refused_with_file_line_column_and_what_to_do(change: Change, words: list[str]) -> None:
    message = told(change)
    for word in words:
        assert word in message, message


@pytest.mark.parametrize(("change", "name", "words"), [
    (lambda t: t["materials"][0].update(unit="kgs"), "unknown-unit", ["materials.csv:2: unit", "kgs", "kg"]),
    (lambda t: t["processes"][0].update(capacity=0), "zero-capacity", ["processes.csv:2", "make-raw"]),
    (lambda t: t["lanes"].append(lane("odd", "S", "D", "raw")), "lane-to-nowhere", ["lanes.csv:4: to", "odd", "D"]),
    (lambda t: t["lanes"].append(lane("odd", "D", "F", "raw")), "lane-from-nowhere", ["lanes.csv:4: from"]),
    (lambda t: t["lanes"].pop(0), "input-without-supply", []),
    (lambda t: t["demand"].append({"product": "drug", "country": "KR", "site": "S", "quantity": 5}), "demand-out-of-reach", ["demand.csv:3", "drug"]),
    (lambda t: t["materials"][1].update(price=None), "no-price", ["materials.csv:3: price"]),
    (lambda t: t["sites"][0].update(ttr=100), "short-horizon", ["104", "132", "--weeks"]),
    (lambda t: None, "unsourced", ["no source", "low confidence"]),
    (lambda t: t.update(sources=[{"table": "sites", "row": "S", "column": "ttr", "source": "a", "confidence": "M", "low": 1, "high": 5}]),
     "outside-range", ["sources.csv:2", "sites S ttr", "20"]),
    (lambda t: t.update(sources=[
        {"table": "sites", "row": "S", "column": "ttr", "source": "a", "confidence": "M", "low": 1, "high": 25},
        {"table": "sites", "row": "S", "column": "ttr", "source": "b", "confidence": "M", "low": 30, "high": 40}]),
     "contradicting-sources", ["sources.csv:3", "sites S ttr", "(a)", "(b)"]),
    (lambda t: t.update(sources=[{"table": "sites", "row": "SX", "column": "ttr", "source": "a", "confidence": "M"}]), "source-of-nothing", ["SX"]),
])  # fmt: skip
def test_what_is_odd_is_told_by_a_named_check_and_stops_only_when_it_is_asked_to(
    change: Change, name: str, words: list[str]
) -> None:
    found = warned(change)
    if name == "input-without-supply":
        tables = changed(change)
        tables["stocks"] = []
        found = {it.check: it.fault.worded("en") for it in findings(network(tables), 104)}
    assert name in found
    for word in words:
        assert word in found[name], found[name]
    net = network(changed(change))
    if name != "input-without-supply":
        with pytest.raises(InputError):
            check(net, 104, strict=[name])


def test_every_check_has_a_text_in_both_languages() -> None:
    from biopact.text import template_of

    names = {
        part.split('"')[1]
        for part in Path(checks.__file__).read_text(encoding="utf-8").split("_found(")[1:]
        if '"' in part[:40]
    }
    assert len(names) > 12
    for name in names:
        for lang in ("en", "ko"):
            assert template_of(f"supply.check.{name}", lang), name  # type: ignore[arg-type]


def test_many_faults_are_told_together() -> None:
    with pytest.raises(InputErrors) as caught:
        network(changed(lambda t: (t["stocks"][0].update(quantity="x"), t["lanes"][0].update(lead="y"))))
    assert len(caught.value.faults) == 2


def test_demand_that_nobody_can_meet_is_no_error(tmp_path: Path) -> None:
    tables = changed(lambda t: t["demand"][0].update(quantity=1e6))
    found = run(write_network(tables, tmp_path / "n"), Asked(weeks=26, ranges=False))
    assert found.stress.base.loss > 0
    assert found.stress.base.tts == 0


def test_a_network_that_is_not_there_and_one_without_its_tables(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="There is no network"):
        read_network(tmp_path / "none")
    write_network({"sites": serial()["sites"]}, tmp_path / "part")
    with pytest.raises(InputError, match=r"materials.csv: The table materials is missing"):
        read_network(tmp_path / "part")


@pytest.mark.parametrize(("content", "words"), [
    (b"id,owner,country,ttr\nS,o\n", "cells"),
    (b"id,id,country,ttr\nS,S,DE,1\n", "twice"),
    ("id,owner,country,ttr\nS,회사,KR,1\n".encode("cp949"), "UTF-8"),
    (b"", "no heading"),
    (b"name,owner,country,ttr\nS,o,DE,1\n", "missing"),
])  # fmt: skip
def test_a_broken_file_is_refused_with_its_line(tmp_path: Path, content: bytes, words: str) -> None:
    folder = write_network(serial(), tmp_path / "n")
    (folder / "sites.csv").write_bytes(content)
    with pytest.raises(BiopactError, match=words):
        read_network(folder)


def test_a_byte_order_mark_and_thousands_separators_are_read(tmp_path: Path) -> None:
    folder = write_network(serial(), tmp_path / "n")
    (folder / "stocks.csv").write_text('\ufeffsite,material,quantity\nD,drug,"1,300"\n', encoding="utf-8")
    assert read_network(folder).stocks[0].quantity == 1300


def test_a_workbook_with_a_sheet_for_each_table_is_the_same_network(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in serial().items():
        sheet = book.create_sheet(name)
        heads = list(dict.fromkeys(key for row in rows for key in row))
        sheet.append(heads)
        for row in rows:
            sheet.append([row.get(head) for head in heads])
    book.save(tmp_path / "chain.xlsx")
    read: Network = read_network(tmp_path / "chain.xlsx")
    again = read_tables(serial())  # type: ignore[arg-type]
    for name, rows in read.tables():
        assert rows == again.table(name)


def test_a_fault_in_a_workbook_names_the_workbook_and_its_sheet(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in changed(lambda t: t["lanes"][0].update(to="nowhere")).items():
        sheet = book.create_sheet(name)
        heads = list(dict.fromkeys(key for row in rows for key in row))
        for row in (heads, *([row.get(head) for head in heads] for row in rows)):
            sheet.append(row)
    book.save(tmp_path / "chain.xlsx")
    with pytest.raises(InputError, match=r"chain\.xlsx:2: lanes to"):
        check(read_network(tmp_path / "chain.xlsx"), 104)


def test_a_program_that_is_infeasible_or_unbounded_is_told_by_name() -> None:
    import numpy as np

    from biopact.supply.program.assembly import Assembly
    from biopact.supply.program.solver import Solver

    build = Assembly()
    x = build.variables(-1.0, 0.0, np.inf, 1)
    row = build.constraints(-np.inf, np.inf, 1)
    build.entries(np.array([row]), np.array([x]), 1.0)
    with pytest.raises(InputError, match="unbounded"):
        Solver(build.finished()).solve()
    build = Assembly()
    x = build.variables(1.0, 0.0, 1.0, 1)
    row = build.constraints(2.0, 3.0, 1)
    build.entries(np.array([row]), np.array([x]), 1.0)
    with pytest.raises(InputError, match="no feasible plan"):
        Solver(build.finished()).solve()
