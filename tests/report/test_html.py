"""The report is one file that asks for nothing, says what is so in both languages, and can be read by everybody."""

from __future__ import annotations

import copy
import math
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from biopact.errors import MissingExtraError
from biopact.report.html import render
from biopact.text import Lang

from .conftest import TITLES, cox, curves, full_check, full_results

VOID = {"meta", "link", "br", "hr", "img", "input"}


class Page(HTMLParser):
    """What a reader's machine makes of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.refs: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text: list[str] = []
        self.headings: list[int] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        self.tags.append((tag, told))
        if tag not in VOID and not (self.get_starttag_text() or "").endswith("/>"):
            self.open.append(tag)
        if told.get("id"):
            self.ids.append(str(told["id"]))
        for name in ("href", "xlink:href"):
            if told.get(name):
                self.refs.append(str(told[name]))
        for name in ("aria-labelledby", "aria-describedby"):
            self.refs += [f"#{ref}" for ref in (told.get(name) or "").split()]
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.text.append(data)

    @property
    def words(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.text))


@pytest.fixture(params=["en", "ko"])
def lang(request: pytest.FixtureRequest) -> Lang:
    return request.param


@pytest.fixture
def page(lang: Lang, receipt: dict[str, Any]) -> str:
    return render(full_check(lang), full_results(), receipt, TITLES, lang)


def test_the_page_asks_nothing_of_anybody(page: str) -> None:
    assert not re.search(r"<script|<link|<iframe|<object|<embed|<img|<form|@import|url\((?!#)|javascript:", page)
    outside = set(re.findall(r"https?://[^\s\"'<)]+", page))
    assert outside <= {"http://www.w3.org/2000/svg"}  # a name, not an address that is fetched
    assert all(ref.startswith("#") for ref in Page(page).refs)
    assert "default-src &#39;none&#39;" in page or "default-src 'none'" in page


def test_every_reference_inside_the_page_leads_somewhere(page: str) -> None:
    told = Page(page)
    assert len(told.ids) == len(set(told.ids))
    assert {ref[1:] for ref in told.refs} <= set(told.ids)
    assert set(re.findall(r"url\(#([^)]+)\)", page)) <= set(told.ids)
    assert told.open == []


def test_a_screen_reader_finds_its_way(page: str, lang: Lang) -> None:
    told = Page(page)
    assert told.headings[0] == 1
    assert told.headings.count(1) == 1
    assert all(low <= high + 1 for high, low in zip(told.headings, told.headings[1:], strict=False))
    tags = [tag for tag, _ in told.tags]
    assert tags.count("table") == tags.count("caption") > 5
    assert all(attrs.get("scope") in ("col", "row") for tag, attrs in told.tags if tag == "th")
    assert dict(told.tags)["html"] == {"lang": lang}
    assert tags.count("svg") == page.count('role="img"') == 3
    other = {"en": "ko", "ko": "en"}[lang]
    assert f'<span lang="{other}">' in page


def test_first_the_plain_line_then_verdict_results_limits_refusals_law_receipt_method(page: str, lang: Lang) -> None:
    marks = [TITLES["notice"][lang], 'id="verdict"', 'id="steps"', 'id="results"', 'id="limits"', 'id="refused"']
    marks += ['id="law"', 'id="receipt"', 'id="method"']
    places = [page.index(mark) for mark in marks]
    assert places == sorted(places)


def test_korean_words_are_those_of_the_trade(receipt: dict[str, Any]) -> None:
    words = Page(render(full_check("ko"), full_results(), receipt, TITLES, "ko")).words
    for word in (
        "위험비",
        "95% 신뢰구간",
        "오즈비",
        "표준오차",
        "대상자 수",
        "사망",
        "결측",
        "판정",
        "근거 조항",
        "의무",
        "증빙",
        "나이(세): 평균(표준편차)",
        "성별: 남성",
        "여성 대비",
        "1세 증가당",
        "한국",
        "미국",
        "흡연: 있음",
        "영수증",
        "30영업일, 길어도 45영업일",
    ):
        assert word in words, word
    assert not re.search(r"report\.[a-z]|study\.[a-z]+\.", words)


def test_a_suppressed_count_prints_as_it_was_written(page: str) -> None:
    words = Page(page).words
    assert "<10" in words
    assert "None" not in words
    assert "nan" not in words


def test_numbers_are_rounded_for_people_and_exact_behind(receipt: dict[str, Any]) -> None:
    page = render(full_check(), full_results(), receipt, TITLES, "en")
    told = cox()["terms"][1]
    assert f"<td>{math.exp(told['coef']):.2f}</td>" in page
    assert f"<td>{math.exp(told['low']):.2f} – {math.exp(told['high']):.2f}</td>" in page
    assert f"<td>{told['low']!r}</td>" in page
    assert "<td>55.2 (10.1)</td>" in page
    assert "<td>71 (87.7%)</td>" in page
    assert "<td>69.0% – 89.0%</td>" in page


def test_the_law_of_both_countries_stands_side_by_side_with_how_it_was_checked(lang: Lang) -> None:
    words = Page(render(full_check(lang), titles=TITLES, lang=lang)).words
    expected = {
        "en": [
            "from a secondary source: not checked against the text",
            "Set aside by",
            "Takes 30, at most 45 working days.",
        ],
        "ko": ["2차 자료: 법문 대조 전", "다음 조항에 따라 배제됨", "기관위원회의 심의"],
    }
    for text in (*expected[lang], "생명윤리법 제15조", "개인정보 보호법 제28조의8", "IRB 2026-07"):
        assert text in words, text


def test_a_determination_alone_makes_a_report(lang: Lang) -> None:
    page = render(full_check(lang), titles=TITLES, lang=lang)
    assert 'id="results"' not in page
    assert 'id="receipt"' not in page
    assert Page(page).open == []
    assert render(full_check(lang), lang=lang)  # without any titles the ids stand for them


def test_flows_under_the_same_law_are_told_once() -> None:
    told = full_check()
    told["flows"].append({**copy.deepcopy(told["flows"][0]), "id": "riverside-sums"})
    assert render(told).count('<article class="flow"') == 1
    told["flows"][1]["jurisdictions"]["US"]["verdict"] = "obligations"
    assert render(told).count('<article class="flow"') == 2


ATTACK = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{ 7 * 7 }}"


def poisoned(value: Any, keep: tuple[str, ...], key: str = "") -> Any:
    """Every text of a value that is no word of ours, made hostile."""
    if isinstance(value, dict):
        return {name: poisoned(part, keep, name) for name, part in value.items()}
    if isinstance(value, list):
        return [poisoned(part, keep, key) for part in value]
    return f"{value} {ATTACK}" if isinstance(value, str) and key not in keep else value


def test_what_comes_from_outside_is_shown_as_text_wherever_it_stands(receipt: dict[str, Any], lang: Lang) -> None:
    ours = ("schema", "verdict", "between", "readiness", "because", "effect", "state", "checked", "confidence", "kind")
    ours += (
        "due",
        "calendar",
        "code",
        "role",
        "id",
        "name",
        "analysis",
        "column",
        "level",
        "site",
        "as_of",
        "by",
        "source",
    )
    told = poisoned(full_check(lang), (*ours, "not_covered"))
    titles = poisoned(TITLES, ("source", "levels", "units", "times", "families"))
    page = render(
        told, poisoned(full_results(), (*ours, "fingerprint")), poisoned(receipt, (*ours, "fingerprint")), titles, lang
    )
    assert "<script" not in page
    assert not any(tag in ("img", "script") or "onerror" in attrs for tag, attrs in Page(page).tags)
    assert "&lt;script&gt;alert(1)" in page
    assert "49" not in page.replace("0.49", "") or "{{ 7 * 7 }}" in page


def test_hostile_names_of_analyses_terms_groups_and_sites_are_text_too(lang: Lang) -> None:
    told = full_results()
    told["analyses"] = [cox() | {"name": ATTACK, "kind": ATTACK}, curves()]
    told["analyses"][0]["terms"][0]["term"] = ATTACK
    told["analyses"][1]["table"][0]["group"] = ATTACK
    told["sites"][0]["id"] = ATTACK
    told["refused"] = [{"site": ATTACK, "analysis": ATTACK, "rule": ATTACK}]
    page = render(full_check(lang), told, None, {}, lang)
    assert not any(tag in ("img", "script") for tag, _ in Page(page).tags)


def test_the_same_input_is_the_same_bytes_in_another_process(page: str, lang: Lang) -> None:
    root = Path(__file__).parents[2]
    code = (
        "import json, sys; from biopact.report.html import render; told = json.load(sys.stdin); "
        "sys.stdout.buffer.write(render(*told).encode())"
    )
    import json

    receipt = None
    told = json.dumps([full_check(lang), full_results(), receipt, TITLES, lang])
    done = [
        subprocess.run(
            [sys.executable, "-c", code], input=told.encode(), capture_output=True, check=True, cwd=root
        ).stdout
        for _ in range(2)
    ]
    assert done[0] == done[1] == render(full_check(lang), full_results(), None, TITLES, lang).encode()


def test_a_report_loads_its_libraries_only_when_one_is_made() -> None:
    def loaded(statement: str) -> str:
        code = f"{statement}\nimport sys; print([name for name in ('matplotlib', 'jinja2', 'numpy') if name in sys.modules])"
        return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()

    assert loaded("import biopact.report, biopact.report.html, biopact.report.plots, biopact.report.terminal") == "[]"
    check = {"schema": "biopact.check/1", "pact": "p", "as_of": "2026-11-24", "flows": []}
    assert loaded(f"from biopact.report.html import render; render({check!r})") == "['jinja2']"


def test_a_missing_library_is_named_with_what_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(MissingExtraError) as told:
        render(full_check())
    assert 'pip install "biopact[study]"' in told.value.worded("en")


def test_text_stands_out_from_its_ground() -> None:
    """WCAG 2.2, 1.4.3: at least 4.5 to 1, for every pair of colours a rule of the style sheet sets together."""
    import biopact.report.html as module

    style = (Path(module.__file__).parent / "templates" / "report.css").read_text(encoding="utf-8")
    names = dict(re.findall(r"(--[a-z]+): (#[0-9a-f]{3,6})", style))
    pairs = []
    for rule in re.findall(r"\{([^{}]*)\}", style):
        rule = re.sub(r"var\((--[a-z]+)\)", lambda found: names.get(found.group(1), "#000"), rule)
        ink = re.search(r"(?:^|[; ])color: (#[0-9a-f]{3,6})", rule)
        ground = re.search(r"background: (#[0-9a-f]{3,6})", rule)
        if ink:
            grounds = [ground.group(1)] if ground else [names["--paper"], names["--wash"]]
            pairs += [(ink.group(1), other) for other in grounds]
    assert len(pairs) > 20
    for ink_, ground_ in pairs:
        assert contrast(ink_, ground_) >= 4.5, (ink_, ground_)


def contrast(one: str, other: str) -> float:
    def luminance(colour: str) -> float:
        bare = colour.lstrip("#")
        bare = "".join(2 * mark for mark in bare) if len(bare) == 3 else bare
        parts = [int(bare[at : at + 2], 16) / 255 for at in (0, 2, 4)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)
