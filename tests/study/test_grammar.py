"""Formulas and filters are parsed by grammars of ours; nothing in them is evaluated or reaches a database as text."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from biopact.errors import StudyError
from biopact.study.filter import parse_condition
from biopact.study.formula import parse_formula

HOSTILE = [
    "__import__('os').system('id')",
    "open('/etc/passwd').read()",
    "eval(x)",
    "exec(x)",
    "os.system",
    "x.__class__",
    "lambda: 0",
    "I(x + 1)",
    "Q('x')",
    "read_csv('https://example.org/a.csv')",
    "'; DROP TABLE patients; --",
    "age; COPY patients TO '/tmp/x'",
    "x UNION SELECT 1",
    'a" OR 1=1 --',
    "`id`",
    "$(id)",
    "a\x00b",
    "ａｇｅ",
    "a\u200bge",
    "аge",  # the first letter is Cyrillic
    "a\u202eb",
    "{a}",
    "a = 1",
    "a := 1",
    "a[0]",
    "a ** 2",
    "a @ b",
    "log(log(a))",
    "poly(a, 3)",
    "a if b else c",
    "",
    "   ",
    "~",
    "a +",
    "(a",
    "a)",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_is_no_formula_is_refused_with_its_place_and_never_run(text: str) -> None:
    with pytest.raises(StudyError) as caught:
        parse_formula(text)
    assert caught.value.exit_code == 3
    assert str(caught.value)


@pytest.mark.parametrize("text", [text for text in HOSTILE if text not in ("a :b",)])
def test_what_is_no_condition_is_refused_too(text: str) -> None:
    with pytest.raises(StudyError) as caught:
        parse_condition(text)
    assert str(caught.value)


@pytest.mark.parametrize(
    "text", ["a in t", "t[a] == 1", "a in [1e999]", "a > 1e999", "a == '\x01'", "(a > 1) == true", "x.y > 1"]
)
def test_what_only_the_law_may_ask_or_no_table_holds_is_refused(text: str) -> None:
    with pytest.raises(StudyError) as caught:
        parse_condition(text)
    assert str(caught.value)


@pytest.mark.parametrize("parse", [parse_formula, parse_condition])
@pytest.mark.parametrize("text", ["a" * 10_000, "(" * 500 + "a" + ")" * 500, "a + " * 2_400 + "a", "!" * 1_900 + "a"])
def test_what_is_too_long_or_too_deep_is_a_typed_error(parse: object, text: str) -> None:
    with pytest.raises(StudyError):
        parse(text)  # type: ignore[operator]


@pytest.mark.parametrize("parse", [parse_formula, parse_condition])
@given(text=st.text(max_size=60))
def test_any_text_parses_or_is_a_study_error(parse: object, text: str) -> None:
    with contextlib.suppress(StudyError):
        parse(text)  # type: ignore[operator]


@given(st.text(alphabet="ab:+-*()01~ C", max_size=24))
def test_texts_of_the_grammars_own_signs_parse_or_are_study_errors(text: str) -> None:
    try:
        formula = parse_formula(text)
    except StudyError:
        return
    assert parse_formula(formula.text) == formula


@pytest.mark.parametrize(
    ("text", "terms", "intercept"),
    [
        ("dead ~ age + sex + C(site)", ["age", "sex", "C(site)"], True),
        ("y ~ a * b", ["a", "b", "a:b"], True),
        ("y ~ a * b * c - a:b:c", ["a", "b", "c", "a:b", "a:c", "b:c"], True),
        ("y ~ (a + b):c", ["a:c", "b:c"], True),
        ("y ~ (a + b - a) * c", ["b", "c", "b:c"], True),
        ("y ~ 0 + a", ["a"], False),
        ("y ~ a - 1", ["a"], False),
        ("y ~ a + a + b:a + a:b", ["a", "b:a"], True),
        ("y ~ 1", [], True),
        ("y ~ log(a) + offset(log(t))", ["log(a)"], True),
        ("나이 + 성별", ["나이", "성별"], True),
    ],
)
def test_a_formula_unfolds_as_in_every_statistics_program(text: str, terms: list[str], intercept: bool) -> None:
    formula = parse_formula(text)
    assert ([str(term) for term in formula.terms], formula.intercept) == (terms, intercept)


def test_a_formula_that_would_unfold_without_end_is_refused() -> None:
    with pytest.raises(StudyError):
        parse_formula(" * ".join(f"v{at}" for at in range(40)))
    with pytest.raises(StudyError):
        parse_formula(":".join(f"v{at}" for at in range(40)))


def test_every_literal_of_a_condition_becomes_a_parameter_and_every_name_a_quoted_identifier() -> None:
    condition = parse_condition("age >= 18 && !(stage in ['III', \"IV'--\"]) || site == 'kr'")
    sql, values = condition.sql(lambda name: (f'"{name}"', []))
    assert sql == '((("age" >= ?) AND (NOT ("stage" IN (?, ?)))) OR ("site" = ?))'
    assert values == [18.0, "III", "IV'--", "kr"]
    assert condition.columns == ("age", "stage", "site")


@pytest.mark.parametrize("text", ["age == 'x'", "stage < 'III'", "age", "age && dead", "other > 1", "dead in ['yes']"])
def test_a_condition_of_the_wrong_kinds_is_refused(text: str) -> None:
    with pytest.raises(StudyError):
        parse_condition(text).check({"age": "number", "stage": "text", "dead": "boolean"})
