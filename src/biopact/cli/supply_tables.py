"""The tables of ``supply`` in the terminal, in the language in force."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import IO, TYPE_CHECKING, Any

from rich.box import ROUNDED, SIMPLE
from rich.console import Console
from rich.table import Table
from rich.text import Text

from biopact.report.terminal import console
from biopact.supply.telling.wording import bundle_name, cell_name, how, lane_state, money, months_of, tts_text
from biopact.text import say

if TYPE_CHECKING:
    from biopact.supply.analyses.comparing import Compared
    from biopact.supply.analyses.running import Asked, Run
    from biopact.supply.analyses.single import Solved
    from biopact.supply.scenarios.results import Scenario

__all__ = ["show_figures", "show_network", "show_schema", "show_solved", "show_stress"]

_MOST = 15


def _table(out: Console, title: str, columns: Sequence[str], right: Iterable[int] = ()) -> Table:
    table = Table(title=title, title_justify="left", box=ROUNDED if out.is_terminal else SIMPLE, pad_edge=False)
    numbers = set(right)
    for at, column in enumerate(columns):
        table.add_column(say(f"supply.column.{column}"), justify="right" if at in numbers else "left", overflow="fold")
    return table


def show_stress(run: Run, asked: Asked, out: IO[str]) -> None:
    """A whole stress test."""
    screen, told = console(out), run.stress
    if told.base.loss > 0:
        screen.print(
            Text(say("supply.base-loss", loss=money(told.base.loss), weeks=f"{told.base.weeks:.2f}"), style="bold red")
        )
    else:
        screen.print(say("supply.base-ok", weeks=told.weeks, cost=money(told.base_cost_a_week)))
    _singles(screen, told.ranked(asked.rank), asked.rank)
    sites = ", ".join(told.points_of_failure)
    screen.print(say("supply.points", sites=sites) if sites else say("supply.no-points"))
    new = told.worse_together
    if new:
        _pairs(screen, new)
    if told.cut_sets:
        shown = ["{" + ", ".join(each) + "}" for each in told.cut_sets[:20]]
        screen.print(say("supply.cuts", sets=" ".join(shown)))
    if told.events:
        _events(screen, told.events)
    _depends(screen, run)
    _law(screen, run)
    _policies(screen, "supply.title.policies", run.compared)
    if run.delayed:
        _policies(screen, "supply.title.delayed", run.delayed, years=f"{asked.delay:g}")
    _delay(screen, run)
    _mix(screen, run)
    _ranges(screen, run)
    _durations(screen, run)
    screen.print()
    screen.print(say("supply.cold", n=told.checked_cold.n, gap=f"{told.checked_cold.largest_gap:.1e}"))
    counts = len(told.scenarios) + len(told.events)
    screen.print(say("supply.took", scenarios=counts, solves=told.solves, seconds=f"{told.seconds:.1f}"))
    screen.print(Text(say("supply.illustrative"), style="dim"))
    screen.print(Text(say("cli.not-advice"), style="dim"))


def _range(it: Scenario) -> str:
    """The loss with unsettled lanes closed, where it is another."""
    if it.range is None or abs(it.range[1] - it.range[0]) <= 1e-6 * max(it.range):
        return ""
    return money(it.range[1])


def _singles(screen: Console, singles: Sequence[Scenario], rank: str) -> None:
    ranged = any(_range(it) for it in singles)
    columns = ["site", "loss", "weeks", "tts", "one-window", "ttr", "rei", "how", *(["range"] if ranged else [])]
    table = _table(screen, say(f"supply.title.singles-{rank}"), columns, range(1, 7))
    for it in singles[: max(_MOST, sum(it.harms for it in singles))]:
        window = say("supply.null-tts") if it.one_window_tts is None else f"{it.one_window_tts:.1f}"
        rei = "–" if it.rei is None else f"{it.rei:.2f}"
        row = [
            it.down[0],
            money(it.loss),
            f"{it.weeks:.2f}",
            tts_text(it.tts),
            window,
            str(it.ttr),
            rei,
            how(it.pruned),
        ]
        table.add_row(*row, *([_range(it)] if ranged else []), style="red" if it.harms and screen.is_terminal else "")
    screen.print(table)


def _pairs(screen: Console, pairs: Sequence[Scenario]) -> None:
    table = _table(screen, say("supply.title.pairs"), ["pair", "loss", "weeks", "tts", "ttr"], range(1, 5))
    for it in pairs[:_MOST]:
        table.add_row(" + ".join(it.down), money(it.loss), f"{it.weeks:.2f}", tts_text(it.tts), str(it.ttr))
    screen.print(table)


def _events(screen: Console, events: Sequence[Scenario]) -> None:
    ranged = any(_range(it) for it in events)
    columns = ["event", "kind", "loss", "weeks", "tts", *(["range"] if ranged else [])]
    table = _table(screen, say("supply.title.events"), columns, range(2, 5))
    for it in events:
        assert it.event is not None
        kind = f"{it.event.kind} {it.event.target}" + (f" ({it.event.cite})" if it.event.cite else "")
        loss = money(it.loss)
        if it.event.kind == "tariff" and it.cost_a_week is not None:
            loss += "; " + say("supply.tariff-adds", more=money(it.tariff_a_week), after=money(it.cost_a_week))
        table.add_row(it.event.id, kind, loss, f"{it.weeks:.2f}", tts_text(it.tts), *([_range(it)] if ranged else []))
    screen.print(table)


def _depends(screen: Console, run: Run) -> None:
    if not run.depends:
        return
    table = _table(
        screen, say("supply.title.depends"), ["name", "kind", "share", "loss", "weeks", "tts", "concern"], range(3, 6)
    )
    for it in run.depends[:_MOST]:
        shares = sorted(it.shares.items(), key=lambda each: -each[1])[:2]
        told = ", ".join(f"{name} {share:.0%}" for name, share in shares) or "–"
        kind = say(f"supply.column.{it.kind}")
        concern = say("supply.yes") if it.concern else ""
        table.add_row(it.name, kind, told, money(it.loss.loss), f"{it.loss.weeks:.2f}", tts_text(it.loss.tts), concern)
    screen.print(table)


def _law(screen: Console, run: Run) -> None:
    if run.law is None:
        return
    if run.law.lanes:
        table = _table(screen, say("supply.title.law"), ["lane", "flow", "verdict", "state", "cite"])
        for it in run.law.lanes:
            cites = "; ".join(dict.fromkeys(each.cite for each in it.cites)) or "–"
            table.add_row(it.lane, it.flow, say(f"terminal.verdict.{it.verdict}"), lane_state(it), cites)
        screen.print(table)
    if run.law.not_judged:
        screen.print(say("supply.not-judged", count=run.law.not_judged))


def _policies(screen: Console, title: str, compared: Sequence[Compared], **values: object) -> None:
    if not compared:
        return
    columns = ["policy", "worst", "mean", "avoided", "cost-year", "per-week", "benefit", "pays"]
    table = _table(screen, say(title, **values), columns, range(1, 6))
    for it in compared:
        cost = say("supply.unknown") if it.cost_year is None else money(it.cost_year)
        per_week = say("supply.never") if it.cost_per_week is None else money(it.cost_per_week)
        gains = ", ".join(f"{country} {money(amount)}" for country, amount in it.benefit.items() if amount > 1) or "–"
        pays = ", ".join(f"{payer} {money(amount)}" for payer, amount in it.pays.items() if amount > 0) or "–"
        table.add_row(
            bundle_name(it.name), money(it.worst), money(it.mean), f"{it.weeks_avoided:.2f}", cost,
            "–" if it.name == "none" else per_week, gains, pays,
        )  # fmt: skip
    screen.print(table)


def _delay(screen: Console, run: Run) -> None:
    told = {name: it for name, it in run.delays.items() if it.loss > 0}
    if not told:
        return
    years = f"{next(iter(told.values())).years:g}"
    table = _table(
        screen, say("supply.title.delay", years=years), ["policy", "break-even", "net", "exposure"], range(1, 4)
    )
    for name, it in told.items():
        level = "–" if it.break_even is None else f"{it.break_even:.3f}"
        table.add_row(name, level, money(it.net_cost), months_of(it.exposure))
    screen.print(table)


def _mix(screen: Console, run: Run) -> None:
    if run.chosen is not None:
        it = run.chosen
        chosen = ", ".join(it.policies) or say("supply.bundle.none")
        screen.print(
            say("supply.chosen", budget=money(it.budget), set=chosen, loss=money(it.loss), bound=money(it.bound))
        )
    if run.mix:
        table = _table(screen, say("supply.title.mix"), ["budget", "set", "cost-year", "loss"], (0, 2, 3))
        for it in run.mix:
            chosen = ", ".join(it.policies) or say("supply.bundle.none")
            table.add_row(money(it.budget), chosen, money(it.cost_year), money(it.loss))
        screen.print(table)


def _ranges(screen: Console, run: Run) -> None:
    told, without = run.ranged
    matter = [it for it in told if it.matters]
    if matter:
        columns = ["number", "value", "low", "high", "loss-low", "loss-high"]
        table = _table(screen, say("supply.title.ranges"), columns, range(1, 6))
        for it in matter[:_MOST]:
            numbers = [f"{value:g}" for value in (it.cell.value, it.low, it.high)]
            table.add_row(cell_name(it.cell), *numbers, money(it.loss_at_low), money(it.loss_at_high))
        screen.print(table)
    if told or without:
        screen.print(say("supply.rests-not", count=len(told) - len(matter), without=len(without)))


def _durations(screen: Console, run: Run) -> None:
    if not run.sampled:
        return
    table = _table(screen, say("supply.title.durations"), ["site", "low", "high", "mean", "p95", "chance"], range(1, 6))
    for it in run.sampled[:_MOST]:
        table.add_row(it.site, f"{it.low:g}", f"{it.high:g}", money(it.mean), money(it.p95), f"{it.chance:.0%}")
    screen.print(table)


def show_solved(told: Solved, out: IO[str]) -> None:
    """One scenario."""
    screen, it = console(out), told.scenario
    screen.print(say("supply.scenario", names=", ".join(told.names) or "–"))
    if told.policies:
        screen.print(say("supply.with-policies", names=", ".join(policy.id for policy in told.policies)))
    table = _table(screen, "", ["loss", "weeks", "tts", "ttr"], range(4))
    table.add_row(money(it.loss), f"{it.weeks:.2f}", tts_text(it.tts), str(it.ttr))
    screen.print(table)
    rows = [
        (product, country, weeks)
        for product, by in told.lost_by_week.items()
        for country, weeks in by.items()
        if any(weeks)
    ]
    if rows:
        lost = _table(screen, say("supply.column.lost"), ["item", "country", "weeks-at", "lost"], (3,))
        for product, country, weeks in rows:
            for first, last, amount in _runs(weeks):
                lost.add_row(product, country, f"{first}–{last}" if last > first else str(first), f"{amount:,.6g}")
        screen.print(lost)


def _runs(weeks: Sequence[float]) -> Iterable[tuple[int, int, float]]:
    """Spans of weeks in which something is lost, with the sum."""
    start: int | None = None
    total = 0.0
    for week, amount in enumerate([*weeks, 0.0]):
        if amount > 0:
            start = week if start is None else start
            total += amount
        elif start is not None:
            yield start, week - 1, total
            start, total = None, 0.0


def show_schema(told: Mapping[str, Any], out: IO[str]) -> None:
    """The tables and columns of a network."""
    screen = console(out)
    for name, of in told["tables"].items():
        table = _table(screen, f"{name}.csv: {of['text']}", ["column", "type", "unit", "default", "meaning"])
        for column in of["columns"]:
            default = "" if column["needed"] else str("–" if column["default"] in (None, "") else column["default"])
            type_ = f"{column['type']} ({column['of']})" if column["of"] else column["type"]
            table.add_row(column["name"], type_, column["unit"], default, column["text"])
        screen.print(table)
    for family, kinds in told["kinds"].items():
        screen.print(f"{family}: {', '.join(kinds)}")


def show_figures(told: Mapping[str, Any], out: IO[str]) -> None:
    """The public figures."""
    screen = console(out)
    table = _table(
        screen, say("supply.title.figures"), ["kind", "item", "value", "range", "unit", "confidence", "source"], (2, 3)
    )
    for row in told["figures"]:
        span = f"{row['low']}–{row['high']}" if row["low"] or row["high"] else ""
        table.add_row(row["kind"], row["item"], row["value"], span, row["unit"], row["confidence"], row["source"])
    screen.print(table)


def show_network(told: Mapping[str, Any], out: IO[str]) -> None:
    """What is in a network."""
    screen = console(out)
    table = _table(screen, say("supply.title.network"), ["table", "rows"], (1,))
    for name, count in told["rows"].items():
        table.add_row(name, str(count))
    screen.print(table)
    steady = _table(screen, say("supply.title.steady"), ["item", "site", "base", "high"], (2, 3))
    for it in told["base"]["processes"]:
        high = "–" if it["capacity"] is None else f"{it['capacity']:g}"
        steady.add_row(f"{it['id']} ({it['material']})", it["site"], f"{it['flow']:,.6g}", high)
    screen.print(steady)
    counts = ", ".join(f"{level} {count}" for level, count in told["confidence"].items())
    screen.print(f"{say('supply.column.confidence')}: {counts}")
    for kind, rows in told["files"].items():
        found = _table(
            screen, f"{say('supply.title.readers')}: {kind}", ["name", "owner", "status", "date", "value"], (4,)
        )
        for row in rows[:50]:
            value = f"{row['value']:,.0f}" if row.get("value") is not None else str(row.get("availability") or "")
            found.add_row(
                row["name"], row["company"], row["status"], row.get("updated") or row.get("initial") or "", value
            )
        screen.print(found if rows else f"{kind}: {say('supply.reader.nothing')}")
