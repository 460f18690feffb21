"""The parts of a report: what to do first, names, rounded numbers, plots."""

from __future__ import annotations

import copy
import math
import re
import xml.etree.ElementTree as ET
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from biopact.report import numbers
from biopact.report.naming import Naming
from biopact.report.plots import Curve, Point, Ratio, forest, survival
from biopact.report.plots.canvas import COLOURS
from biopact.report.steps import first_steps
from biopact.report.views import views
from biopact.text import Lang

from .conftest import TITLES, cox, curves, full_check, full_results, linear
from .test_html import contrast

RATIOS = [Ratio("Age", 1.01, 0.99, 1.03), Ratio("성별: 남성", 1.56, 0.95, 2.57), Ratio("Alcohol", 0.44, 0.25, 0.77)]


def steps(check: dict[str, Any], results: Any = None, receipt: Any = None, lang: Lang = "en") -> list[str]:
    return [step.text for step in first_steps(check, results, receipt, Naming(lang, TITLES), most=9)]


def test_a_prohibited_flow_comes_before_everything_else() -> None:
    told = full_check()
    flow = told["flows"][0]
    flow |= {"verdict": "prohibited", "readiness": "blocked"}
    flow["jurisdictions"]["KR"]["rules"][1]["state"] = "applies"
    flow["obligations"][0]["met"] = False
    found = first_steps(told, None, None, Naming("en", TITLES))
    assert found[0].text == "Do not send “Sums of Hanbit”."
    assert found[0].detail == "Prohibited by 개인정보 보호법 제28조의8."
    assert not any(step.text.startswith("File") for step in found)


def test_a_missing_fact_is_asked_for_by_its_question() -> None:
    told = full_check()
    missing = {"fact": "recipient.owners", "question": "Who owns this party?", "settles": 0.5, "of": "hub"}
    told["flows"][0] |= {"verdict": "undetermined", "between": ["clear", "prohibited"], "missing": [missing]}
    assert steps(told)[0] == "Find out: Who owns this party?"


def test_what_must_be_filed_before_is_filed_first_and_what_is_evidenced_is_not_asked_again() -> None:
    told = full_check()
    assert not any(text.startswith("File") for text in steps(told))
    told["flows"][0]["obligations"][0]["met"] = False
    (found,) = [it for it in first_steps(told, None, None, Naming("en", TITLES)) if it.text.startswith("File")]
    assert found.detail == "For “Sums of Hanbit”; to the board. Takes 30, at most 45 working days."


def test_a_refusal_names_the_sites_and_the_way_out(receipt: dict[str, Any]) -> None:
    found = first_steps(full_check(), full_results(), receipt, Naming("en", TITLES))
    assert "Hanbit Hospital refused" in found[0].text
    assert found[0].detail.startswith("A group would be smaller than the site's minimum.")
    every = steps(full_check(), full_results(), receipt)
    review = every.index("Have counsel read the articles marked for review.")
    assert every[review + 1].startswith("Read what cannot be concluded")
    assert every[-1] == "Compare the fingerprints by telephone, then verify the receipt."
    assert len(first_steps(full_check(), full_results(), receipt, Naming("ko", TITLES))) == 4


@pytest.mark.parametrize(
    ("term", "words", "reference"),
    [
        ("age", "나이", "1세 증가당"),
        ("sex[T.male]", "성별: 남성", "여성 대비"),
        ("C(site)[T.riverside]", "기관: 리버사이드 병원", "한빛병원 대비"),
        ("smoking", "흡연", "없음 대비"),
        ("age:sex[T.male]", "나이 × 성별: 남성", None),
        ("Intercept", "절편", None),
        ("log(dose)", "log(dose)", None),
        ("odd [T.x", "odd [T.x", None),
    ],
)
def test_a_term_in_words(term: str, words: str, reference: str | None) -> None:
    naming = Naming("ko", {**TITLES, "levels": {**TITLES["levels"], "site": ["hanbit", "riverside"]}})
    assert naming.term(term) == words
    assert naming.reference(term) == reference


def test_codes_of_sex_are_not_yes_and_no() -> None:
    naming = Naming("en", {"levels": {"sex": ["0", "1"], "smoking": ["0", "1"]}})
    assert naming.level("sex", "1") == "1"
    assert naming.level("smoking", 1.0) == "yes"
    assert naming.reference("sex") == "vs 0"


def test_a_linear_model_has_differences_and_no_forest() -> None:
    told = full_results()
    told["analyses"] = [linear()]
    (view,) = views(told, Naming("en", TITLES))
    assert view.plot is None
    assert view.heading == "Linear regression"
    assert view.grid is not None
    assert view.grid.rows[0][2:4] == ("−0.250", "−0.450 – −0.050")


def test_two_analyses_of_a_kind_are_told_apart() -> None:
    told = full_results()
    told["analyses"] = [cox(), cox() | {"name": "again"}]
    assert [it.heading for it in views(told, Naming("en"))] == [
        "Survival model (Cox) (survival)",
        "Survival model (Cox) (again)",
    ]


def test_a_ratio_of_an_unknown_family_is_not_called_an_odds_ratio() -> None:
    told = full_results()
    told["analyses"] = [it for it in told["analyses"] if it["name"] == "risk"]
    (view,) = views(told, Naming("en", {}))
    assert view.grid is not None
    assert view.grid.heads[2] == "Ratio, exp(coefficient)"
    (view,) = views(told, Naming("en", {"families": {"risk": "poisson"}}))
    assert view.grid is not None
    assert view.grid.heads[2] == "Rate ratio"


def test_what_failed_says_why() -> None:
    told = full_results()
    told["analyses"] = [
        {"name": "risk", "kind": "glm", "formula": "a ~ b", "n": None, "failed": "separation", "sites": []}
    ]
    (view,) = views(told, Naming("en"))
    assert view.failed is not None
    assert "separate the outcome" in view.failed


@pytest.mark.parametrize(
    ("value", "written"),
    [(0.4407, "0.44"), (1.5621, "1.56"), (0.0312, "0.031"), (123.4, "123"), (5000.0, ">1,000"), (1e-9, "<0.001")],
)
def test_a_ratio_keeps_what_can_be_read(value: float, written: str) -> None:
    assert numbers.ratio(value) == written


@pytest.mark.parametrize(
    ("value", "written"), [(None, "–"), ("<10", "<10"), (1234, "1,234"), (1825.0, "1,825"), (12.34, "12.3"), (0, "0")]
)
def test_a_count_is_as_it_was_given(value: Any, written: str) -> None:
    assert numbers.count(value) == written


def test_small_things_about_numbers() -> None:
    assert numbers.probability(0.0004) == "<0.001"
    assert numbers.probability(0.0396) == "0.040"
    assert numbers.decimal(-0.0001) == "0.00"
    assert numbers.decimal(math.inf) == "∞"
    assert numbers.mean_and_spread(5.126, None) == "5.13"
    assert numbers.exact(0.1 + 0.2) == "0.30000000000000004"


def tree(svg: str) -> ET.Element:
    return ET.fromstring(svg)


def texts(svg: str) -> list[str]:
    return ["".join(element.itertext()) for element in tree(svg).iter() if element.tag.endswith("text")]


def test_a_plot_is_text_lines_and_a_name_and_nothing_else() -> None:
    svg = forest("p1", "위험비 <그림>", "위험비", RATIOS)
    root = tree(svg)
    assert {element.tag.split("}")[1] for element in root.iter()} <= {
        "svg",
        "title",
        "defs",
        "g",
        "path",
        "text",
        "use",
        "clipPath",
        "rect",
    }
    assert root[0].text == "위험비 <그림>"
    assert "성별: 남성" in texts(svg)
    assert "font-family" not in svg
    assert "DejaVu" not in svg
    assert not re.search(r"<metadata|<style|<!--|<\?xml|DOCTYPE|20[0-9]{2}-", svg)
    assert all(f'id="p1-{name}' in svg for name in ("figure_1", "axes_1"))


def test_a_plot_is_the_same_bytes_each_time_whatever_the_users_settings() -> None:
    import matplotlib

    first = forest("p1", "t", "x", RATIOS)
    with matplotlib.rc_context({"svg.fonttype": "path", "font.size": 30, "axes.facecolor": "red", "text.usetex": True}):
        assert forest("p1", "t", "x", RATIOS) == first
        assert matplotlib.rcParams["font.size"] == 30
    assert forest("p2", "t", "x", RATIOS) != first


def test_labels_are_never_formulas() -> None:
    hostile = [Ratio("$\\frac{1}{2}$ <b>", 1.0, 0.5, 2.0)]
    assert "$\\frac{1}{2}$ <b>" in texts(forest("p1", "t", "$x^2$", hostile))


def squares(svg: str) -> list[float]:
    """Where the points of a forest stand, from the left: the squares are markers drawn by `use`."""
    paths = [it for it in tree(svg).iter() if it.tag.endswith("path") and it.get("d", "").count("L") == 3]
    marks = {f"#{it.get('id')}" for it in paths if it.get("id")}
    return [float(it.get("x", "nan")) for it in tree(svg).iter() if it.get("href") in marks]


def test_ratios_stand_on_a_logarithmic_axis() -> None:
    svg = forest(
        "p1",
        "t",
        "x",
        [Ratio("a", 0.5, 0.4, 0.6), Ratio("b", 1.0, 0.9, 1.1), Ratio("c", 2.0, 1.9, 2.1), Ratio("d", 4.0, 3.0, 5.0)],
    )
    places = squares(svg)
    assert len(places) == 4
    widths = [right - left for left, right in pairwise(places)]
    assert widths == pytest.approx([widths[0]] * 3, rel=1e-4)


@given(
    st.lists(
        st.tuples(st.floats(-800, 700), st.floats(0, 700)).map(
            lambda it: Ratio(
                "x", math.exp(min(it[0], 700)), math.exp(max(it[0] - it[1], -740)), math.exp(min(it[0] + it[1], 700))
            )
        ),
        min_size=1,
        max_size=3,
    )
)
def test_the_wildest_intervals_are_drawn(ratios: list[Ratio]) -> None:
    tree(forest("p1", "t", "x", ratios))


def test_curves_are_named_at_their_ends_and_told_apart_without_colour() -> None:
    points = tuple(Point(row["time"], row["survival"], row["low"], row["high"]) for row in curves()["table"][:2])
    both = [Curve("한국", points), Curve("미국", points)]
    svg = survival("k", "t", ("일", "생존율(%)"), both, every=365.0)
    assert {"한국", "미국", "일", "생존율(%)", "1825"} <= set(texts(svg))
    heights = [
        float(it.get("y", "nan"))
        for it in tree(svg).iter()
        if "".join(it.itertext()) in ("한국", "미국") and it.tag.endswith("text")
    ]
    assert abs(heights[0] - heights[1]) > 8
    assert "stroke-dasharray" in svg
    tree(survival("k", "t", ("x", "y"), [Curve("empty", ()), Curve("to nought", (Point(1.0, 0.0, None, None),), True)]))


@pytest.mark.parametrize("colour", COLOURS)
def test_the_colours_of_lines_stand_out_on_white(colour: str) -> None:
    assert contrast(colour, "#ffffff") >= 4.5


def test_the_titles_given_are_not_changed() -> None:
    before = copy.deepcopy(TITLES)
    views(full_results(), Naming("ko", TITLES))
    assert before == TITLES
