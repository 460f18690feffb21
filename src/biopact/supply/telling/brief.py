"""A page for those who decide: what fails first, what a joint policy buys, what the law closes, on what it rests.

One page when printed, then the drawings each with its numbers. No script, nothing from elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from importlib.resources import files

from biopact.supply.analyses.comparing import Compared
from biopact.supply.analyses.running import Run
from biopact.supply.telling.mapping import network_svg
from biopact.supply.telling.plots import curve_svg, frontier_svg, heat_of, heat_svg, ranges_svg
from biopact.supply.telling.wording import bundle_name, cell_name, lane_state, money, tts_text
from biopact.text import Lang, pick, say

__all__ = ["brief_html"]

_CSS = (files("biopact.supply.telling") / "brief.css").read_text(encoding="utf-8")


def brief_html(
    run: Run, lang: Lang, title: Mapping[str, str] | str | None = None, notice: Mapping[str, str] | None = None
) -> str:
    """The page in one language."""
    name = pick(title, lang) or run.network.name
    head = say("supply.brief.title", lang, name=name)
    page = [f"<h1>{escape(head)}</h1>"]
    if notice:
        page.append(f'<p class="note">{escape(pick(notice, lang))}</p>')
    for code, lines in (
        ("first", _first(run, lang)), ("depends", _depends(run, lang)), ("law", _law(run, lang)), ("buys", _buys(run, lang)),
        ("wait", _wait(run, lang)), ("rests", _rests(run, lang)),
    ):  # fmt: skip
        page.append(_section(say(f"supply.brief.{code}", lang), lines))
    page.append(_notes(run, lang))
    body = f'<main><section class="page">{"".join(page)}</section>{"".join(_figures(run, lang))}</main>'
    return (
        f'<!doctype html>\n<html lang="{lang}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(head)}</title><style>{_CSS}</style></head>\n<body>{body}</body></html>\n"
    )


def _section(heading: str, lines: Iterable[str]) -> str:
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f"<h2>{escape(heading)}</h2><ul>{items}</ul>" if items else ""


def _dollars(amount: float, lang: Lang) -> str:
    return say("supply.money", lang, amount=money(amount, lang))


def _first(run: Run, lang: Lang) -> list[str]:
    told = run.stress
    lines = []
    if told.base.loss > 0:
        lines.append(say("supply.base-loss", lang, loss=_dollars(told.base.loss, lang), weeks=f"{told.base.weeks:.2f}"))
    for it in [it for it in told.singles if it.harms][:3]:
        tts = tts_text(it.tts, lang) if it.tts is None else say("supply.weeks-of", lang, weeks=it.tts)
        lines.append(
            say(
                "supply.brief.worst",
                lang,
                site=it.down[0],
                ttr=it.ttr,
                weeks=f"{it.weeks:.1f}",
                loss=_dollars(it.loss, lang),
                tts=tts,
            )
        )
    if not told.points_of_failure:
        lines.append(say("supply.no-points", lang))
    pairs = [each for each in told.cut_sets if len(each) > 1][:6]
    if pairs:
        lines.append(say("supply.cuts", lang, sets=" ".join("{" + ", ".join(each) + "}" for each in pairs)))
    return lines


def _depends(run: Run, lang: Lang) -> list[str]:
    lines = []
    for it in [it for it in run.depends if it.shares and (it.concern or it.loss.harms)][:4]:
        material, share = max(it.shares.items(), key=lambda each: each[1])
        material = _material(run, material, lang)
        text = say(
            "supply.brief.dependence",
            lang,
            name=it.name,
            share=f"{share * 100:.0f}",
            material=material,
            weeks=f"{it.loss.weeks:.1f}",
        )
        lines.append(f"{text} ({say('supply.brief.concern', lang)})" if it.concern else text)
    for it in [it for it in run.depends if it.concern and not it.shares][:2]:
        lines.append(f"{it.name}: {say('supply.brief.concern', lang)}; {', '.join(it.sites)}")
    return lines


def _material(run: Run, name: str, lang: Lang) -> str:
    """The name of a material in a language."""
    found = next(each for each in run.network.materials if each.id == name)
    return (found.name_ko if lang == "ko" else found.name_en) or name


def _law(run: Run, lang: Lang) -> list[str]:
    law = run.law
    if law is None:
        return [say("supply.brief.no-law", lang)]
    waits = sum(it.state == "waits" for it in law.lanes)
    lines = [
        say(
            "supply.brief.lanes",
            lang,
            closed=len(law.closed),
            waits=waits,
            unsettled=len(law.unsettled),
            duty=len(law.tariffs),
        )
    ]
    for it in [it for it in law.lanes if it.state != "open" or it.rate][:5]:
        cites = "; ".join(dict.fromkeys(each.cite for each in it.cites if each.effect != "oblige"))
        lines.append(f"{it.lane}: {lane_state(it, lang)}" + (f" ({cites})" if cites else ""))
    lines += [f"{say('supply.title.listed', lang)}: {it.target} ({it.cite})" for it in law.listed]
    return lines


def _buys(run: Run, lang: Lang) -> list[str]:
    good = sorted((it for it in run.compared if it.name != "none" and it.weeks_avoided > 1e-6), key=_worth)
    lines = []
    for it in good[:4]:
        cost = say("supply.unknown", lang) if it.cost_year is None else _dollars(it.cost_year, lang)
        lines.append(
            say(
                "supply.brief.best", lang, policy=bundle_name(it.name, lang), weeks=f"{it.weeks_avoided:.2f}", cost=cost
            )
        )
    if run.compared and not good:
        lines.append(say("supply.brief.none", lang))
    if run.chosen is not None:
        chosen = ", ".join(run.chosen.policies) or say("supply.bundle.none", lang)
        money_ = {"budget": run.chosen.budget, "loss": run.chosen.loss, "bound": run.chosen.bound}
        lines.append(
            say("supply.chosen", lang, set=chosen, **{key: _dollars(amount, lang) for key, amount in money_.items()})
        )
    return lines


def _worth(it: Compared) -> tuple[float, str]:
    return (it.cost_per_week if it.cost_per_week is not None else float("inf"), it.name)


def _wait(run: Run, lang: Lang) -> list[str]:
    lines = []
    for name, it in run.delays.items():
        if it.break_even and it.loss > 0:
            hazard, years = f"{it.break_even:.3f}", f"{1 / it.break_even:.1f}"
            lines.append(say("supply.brief.break-even", lang, policy=name, years=years, hazard=hazard))
    return lines[:4]


def _rests(run: Run, lang: Lang) -> list[str]:
    matter = [it for it in run.ranged[0] if it.matters]
    lines = []
    for it in matter[:3]:
        ends = sorted((it.loss_at_low, it.loss_at_high))
        low, high = (_dollars(end, lang) for end in ends)
        lines.append(
            say(
                "supply.brief.low",
                lang,
                number=cell_name(it.cell, lang),
                from_=f"{it.low:g}",
                to=f"{it.high:g}",
                low=low,
                high=high,
            )
        )
    if run.ranged[0] and not matter:
        lines.append(say("supply.brief.solid", lang))
    if run.ranged[0] or run.ranged[1]:
        rest = len(run.ranged[0]) - len(matter)
        lines.append(say("supply.rests-not", lang, count=rest, without=len(run.ranged[1])))
    return lines


def _notes(run: Run, lang: Lang) -> str:
    told = run.stress
    lines = [
        say("supply.brief.note-model", lang, weeks=told.weeks),
        say("supply.illustrative", lang),
        say("supply.cold", lang, n=told.checked_cold.n, gap=f"{told.checked_cold.largest_gap:.1e}"),
        say("supply.brief.note-advice", lang),
    ]
    return "".join(f'<p class="note">{escape(line)}</p>' for line in lines)


def _figures(run: Run, lang: Lang) -> list[str]:
    told = run.stress
    parts = [_figure(network_svg(run.network, told, run.law, lang), _singles(run, lang))]
    sites, weeks = heat_of(told)
    if sites and told.pairs:
        rows = [
            [site, *("" if value != value else f"{value:.1f}" for value in row)]
            for site, row in zip(sites, weeks.tolist(), strict=True)
        ]
        parts.append(_figure(heat_svg(told, lang), _table(["", *sites], rows)))
    if run.compared:
        parts.append(_figure(curve_svg(run.compared, lang), _compared(run.compared, lang)))
    if run.mix:
        rows = [
            [money(it.budget, lang), ", ".join(it.policies) or "–", money(it.cost_year, lang), money(it.loss, lang)]
            for it in run.mix
        ]
        parts.append(
            _figure(frontier_svg(run.mix, lang), _table(_heads(["budget", "set", "cost-year", "loss"], lang), rows))
        )
    matter = [it for it in run.ranged[0] if it.matters]
    if matter:
        rows = [
            [
                cell_name(it.cell, lang), f"{it.cell.value:g}", f"{it.low:g}", f"{it.high:g}", money(it.loss_at_low, lang),
                money(it.loss_at_high, lang), "; ".join(source.source for source in it.cell.sources),
            ]
            for it in matter
        ]  # fmt: skip
        heads = _heads(["number", "value", "low", "high", "loss-low", "loss-high", "source"], lang)
        parts.append(_figure(ranges_svg(matter, lang), _table(heads, rows)))
    return parts


def _heads(columns: Sequence[str], lang: Lang) -> list[str]:
    return [say(f"supply.column.{column}", lang) for column in columns]


def _singles(run: Run, lang: Lang) -> str:
    rows = [
        [
            it.down[0],
            money(it.loss, lang),
            f"{it.weeks:.2f}",
            tts_text(it.tts, lang),
            str(it.ttr),
            "–" if it.rei is None else f"{it.rei:.2f}",
        ]
        for it in run.stress.singles
    ]
    return _table(_heads(["site", "loss", "weeks", "tts", "ttr", "rei"], lang), rows)


def _compared(compared: Sequence[Compared], lang: Lang) -> str:
    rows = []
    for it in compared:
        cost = say("supply.unknown", lang) if it.cost_year is None else money(it.cost_year, lang)
        per_week = "–" if it.cost_per_week is None else money(it.cost_per_week, lang)
        gains = (
            ", ".join(f"{country} {money(amount, lang)}" for country, amount in it.benefit.items() if amount > 1) or "–"
        )
        pays = ", ".join(f"{payer} {money(amount, lang)}" for payer, amount in it.pays.items() if amount > 0) or "–"
        rows.append(
            [
                bundle_name(it.name, lang),
                money(it.worst, lang),
                money(it.mean, lang),
                f"{it.weeks_avoided:.2f}",
                cost,
                per_week,
                gains,
                pays,
            ]
        )
    heads = _heads(["policy", "worst", "mean", "avoided", "cost-year", "per-week", "benefit", "pays"], lang)
    return _table(heads, rows)


def _figure(svg: str, table: str) -> str:
    return f"<figure>{svg}<figcaption>{table}</figcaption></figure>"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in heads)
    body = "".join(f"<tr>{''.join(_cell(cell) for cell in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cell(cell: str) -> str:
    number = bool(cell) and cell[0] in "0123456789-"
    return f"<td{' class=n' if number else ''}>{escape(cell)}</td>"
