"""The network as a map: countries from west to east, sites in them, lanes between, what fails first marked. Plain SVG."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

from biopact.supply.analyses.law import Lawful
from biopact.supply.network.rows import Network
from biopact.supply.scenarios.results import Stress
from biopact.text import Lang, say

__all__ = ["network_svg"]

# longitude of countries that make or use medicines, degrees east, roughly; others are placed by their code
_LONGITUDE = {
    "US": -98, "CA": -106, "MX": -102, "BR": -52, "AR": -64, "PR": -66, "GB": -2, "IE": -8, "FR": 2, "ES": -4, "PT": -8,
    "DE": 10, "CH": 8, "AT": 14, "IT": 12, "BE": 4, "NL": 5, "DK": 10, "SE": 15, "NO": 9, "FI": 26, "PL": 19, "CZ": 15,
    "HU": 19, "SI": 15, "IL": 35, "IN": 78, "RU": 60, "CN": 104, "SG": 104, "TW": 121, "KR": 128, "JP": 138, "AU": 134,
}  # fmt: skip
_WIDE, _HIGH, _GAP, _TOP = 168, 46, 46, 64
_COLOURS = {"fails": "#b3261e", "pair": "#c77700", "safe": "#2f6f4f"}


@dataclass(frozen=True)
class _Spot:
    x: float
    y: float


def network_svg(network: Network, told: Stress, law: Lawful | None = None, lang: Lang | None = None) -> str:
    """The drawing, with a title and a description for those who do not see it."""
    spots, width, height, boxes = _places(network)
    closed = set(law.closed) if law else set()
    alone = set(told.points_of_failure)
    paired = {site for each in told.cut_sets if len(each) > 1 for site in each}
    title = say("supply.draw.network", lang)
    sites = ", ".join(told.points_of_failure)
    about = say("supply.points", lang, sites=sites) if sites else say("supply.no-points", lang)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" role="img" '
        f'aria-labelledby="net-title net-text" font-family="system-ui, sans-serif" font-size="11">',
        f'<title id="net-title">{escape(title)}</title><desc id="net-text">{escape(about)}</desc>',
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="6" markerHeight="6" orient="auto">'
        '<path d="M0 0L8 4L0 8z" fill="#777"/></marker></defs>',
        f'<rect width="{width:.0f}" height="{height:.0f}" fill="#fff"/>',
        *boxes,
    ]
    parts += [_lane(spots[lane.origin], spots[lane.to], told.steady.get(lane.id, 0.0) > 0, lane.id in closed, lane.id)
              for lane in network.lanes]  # fmt: skip
    by_site = {it.down[0]: it for it in told.singles}
    for site in network.sites:
        mark = "fails" if site.id in alone else "pair" if site.id in paired else "safe"
        it = by_site.get(site.id)
        lost = f"{it.weeks:.1f}" if it and it.harms else ""
        parts.append(_site(site.id, f"{site.city or site.owner}", spots[site.id], mark, lost))
    parts.append(_legend(height, lang, bool(closed)))
    return "\n".join([*parts, "</svg>"])


def _places(network: Network) -> tuple[dict[str, _Spot], float, float, list[str]]:
    """Where each site stands: a column for each country, within it by how far from the patient, suppliers on top."""
    depth = _depths(network)
    countries = sorted({site.country for site in network.sites}, key=lambda code: (_longitude(code), code))
    spots: dict[str, _Spot] = {}
    boxes: list[str] = []
    x = 24.0
    tallest = 0.0
    for country in countries:
        sites = sorted(
            (site for site in network.sites if site.country == country), key=lambda it: (-depth[it.id], it.id)
        )
        columns = 1 if len(sites) <= 7 else 2 if len(sites) <= 16 else 3
        rows = -(-len(sites) // columns)
        wide = columns * (_WIDE + 12) - 12
        for at, site in enumerate(sites):
            column, row = divmod(at, rows)
            spots[site.id] = _Spot(x + column * (_WIDE + 12), _TOP + row * (_HIGH + 22))
        tall = rows * (_HIGH + 22)
        tallest = max(tallest, tall)
        boxes.append(
            f'<rect x="{x - 12:.0f}" y="{_TOP - 38}" width="{wide + 24:.0f}" height="{tall + 34:.0f}" rx="10" fill="#f3f5f7"/>'
            f'<text x="{x:.0f}" y="{_TOP - 16}" font-size="15" font-weight="600" fill="#333">{escape(country)}</text>'
        )
        x += wide + 24 + _GAP
    return spots, x - _GAP + 12, _TOP + tallest + 56, boxes


def _longitude(country: str) -> float:
    if country in _LONGITUDE:
        return _LONGITUDE[country]
    return int.from_bytes(hashlib.blake2b(country.encode(), digest_size=2).digest(), "big") / 65536 * 300 - 150


def _depths(network: Network) -> dict[str, int]:
    """How many lanes lie between a site and a depot, at most."""
    depth = {site.id: 0 for site in network.sites}
    for _ in network.sites:
        moved = False
        for lane in network.lanes:
            if depth[lane.origin] < depth[lane.to] + 1 <= len(network.sites):
                depth[lane.origin] = depth[lane.to] + 1
                moved = True
        if not moved:
            break
    return depth


def _lane(start: _Spot, end: _Spot, used: bool, closed: bool, name: str) -> str:
    same = abs(start.x - end.x) < 1
    forward = end.x > start.x
    x1 = start.x + (_WIDE if forward or same else 0)
    x2 = end.x + (0 if forward and not same else _WIDE)
    y1, y2 = start.y + _HIGH / 2, end.y + _HIGH / 2
    bend = 30 if same else max(abs(x2 - x1) * 0.4, 24) * (1 if forward else -1)
    c1, c2 = x1 + bend, x2 + (30 if same else -bend)
    colour, style = ("#b3261e", "2 3") if closed else ("#777", "none") if used else ("#bbb", "4 4")
    wide = 1.6 if used and not closed else 1
    return (
        f'<path d="M{x1:.0f} {y1:.0f}C{c1:.0f} {y1:.0f} {c2:.0f} {y2:.0f} {x2:.0f} {y2:.0f}" fill="none" stroke="{colour}" '
        f'stroke-width="{wide}" stroke-dasharray="{style}" marker-end="url(#tip)"><title>{escape(name)}</title></path>'
    )


def _site(name: str, about: str, spot: _Spot, mark: str, lost: str) -> str:
    colour = _COLOURS[mark]
    dashes = ' stroke-dasharray="5 3"' if mark == "pair" else ""
    shape = (
        f'<rect x="{spot.x:.0f}" y="{spot.y:.0f}" width="{_WIDE}" height="{_HIGH}" rx="6" fill="#fff" stroke="{colour}" '
        f'stroke-width="{3 if mark == "fails" else 2}"{dashes}/>'
    )
    sign = {"fails": "✕", "pair": "◆", "safe": ""}[mark]
    text = (
        f'<text x="{spot.x + 8:.0f}" y="{spot.y + 19:.0f}" font-weight="600" fill="#222">{escape(_short(name, 19))}</text>'
        f'<text x="{spot.x + 8:.0f}" y="{spot.y + 35:.0f}" fill="#555">{escape(_short(about, 21))}</text>'
        f'<text x="{spot.x + _WIDE - 8:.0f}" y="{spot.y + 19:.0f}" text-anchor="end" fill="{colour}">{sign} {lost}</text>'
    )
    return f"<g>{shape}{text}<title>{escape(name)}</title></g>"


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _legend(height: float, lang: Lang | None, closed: bool) -> str:
    y = height - 20
    box = '<rect x="0" y="-9" width="16" height="11" rx="3" fill="#fff" stroke="{}" stroke-width="{}"{}/>'
    entries: list[tuple[str, str]] = [
        (box.format(_COLOURS["fails"], 3, ""), "fails"),
        (box.format(_COLOURS["pair"], 2, ' stroke-dasharray="5 3"'), "pair"),
        (box.format(_COLOURS["safe"], 2, ""), "safe"),
        ('<path d="M0 -3H18" stroke="#777" stroke-width="1.6"/>', "flow"),
        ('<path d="M0 -3H18" stroke="#bbb" stroke-dasharray="4 4"/>', "spare"),
    ]
    if closed:
        entries.append(('<path d="M0 -3H18" stroke="#b3261e" stroke-dasharray="2 3"/>', "closed"))
    told: Mapping[str, str] = {name: say(f"supply.draw.{name}", lang) for _, name in entries}
    parts, x = [], 16.0
    for drawn, name in entries:
        parts.append(
            f'<g transform="translate({x:.0f} {y:.0f})">{drawn}<text x="24" fill="#333">{escape(told[name])}</text></g>'
        )
        x += 44 + 8.5 * len(told[name].encode("utf-16-le")) / 2 * (
            1.3 if any("가" <= c <= "힣" for c in told[name]) else 0.8
        )
    return "".join(parts)
