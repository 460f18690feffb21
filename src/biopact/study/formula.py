"""Model formulas, by a grammar of our own: ``dead ~ age + C(site) + log(afp) + sex:alcohol``.

A formula is parsed into terms and never evaluated. What it may hold is closed: ``+ - : * 0 1``, brackets, declared
column names, ``C(x)``, ``offset(x)`` and the functions of ``FUNCTIONS``, each of one column.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from lark import Lark, Transformer, v_args
from lark.exceptions import LarkError, UnexpectedInput, VisitError

from biopact.errors import Place, StudyError

__all__ = ["FUNCTIONS", "Factor", "Formula", "Term", "parse_formula"]

FUNCTIONS = ("log", "sqrt", "exp", "square")
MAX_CHARACTERS = 2_000
MAX_DEPTH = 20
MAX_TERMS = 200
MAX_FACTORS = 5

_GRAMMAR = r"""
    start: (outcome "~")? sum
    outcome: NAME            -> plain
    sum: first (plus | minus)*
    ?first: crossed | "-" crossed -> minus
    plus: "+" crossed
    minus: "-" crossed
    crossed: interaction ("*" interaction)*
    interaction: atom (":" atom)*
    ?atom: NAME              -> plain
        | NAME "(" NAME ")"  -> call
        | NAME "(" NAME "(" NAME ")" ")" -> nested
        | DIGIT              -> digit
        | "(" sum ")"
    NAME: /[A-Za-z_가-힣][A-Za-z0-9_가-힣]{0,63}/
    DIGIT: "0" | "1"
    %ignore /[ \t\r\n]+/
"""


@dataclass(frozen=True, slots=True, order=True)
class Factor:
    """A column in a term, as it is, as a category (``C``) or through a function."""

    column: str
    function: str = ""

    def __str__(self) -> str:
        """As it is written."""
        return f"{self.function}({self.column})" if self.function else self.column


@dataclass(frozen=True, slots=True)
class Term:
    """A product of factors: one for a main effect, more for an interaction."""

    factors: tuple[Factor, ...]

    def __str__(self) -> str:
        """As it is written."""
        return ":".join(map(str, self.factors))


@dataclass(frozen=True, slots=True)
class Formula:
    """What a model is of: its outcome (where the formula names one), terms in order, intercept and offset."""

    text: str
    outcome: str | None
    terms: tuple[Term, ...]
    intercept: bool
    offset: Factor | None

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column named, in order, once."""
        named = [self.outcome] if self.outcome else []
        named += [factor.column for term in self.terms for factor in term.factors]
        named += [self.offset.column] if self.offset else []
        return tuple(dict.fromkeys(named))


# inside: an ordered set of products; the empty product is the intercept, 0 its absence
_Product = tuple[Factor, ...]
_ZERO: _Product = (Factor("0", "constant"),)


def parse_formula(text: str, place: Place | None = None) -> Formula:
    """The terms of a formula. Raises StudyError with the character at which it is not a formula."""
    if len(text) > MAX_CHARACTERS:
        raise StudyError("study.formula-too-long", place, limit=MAX_CHARACTERS)
    if _depth(text) > MAX_DEPTH:
        raise StudyError("study.formula-too-deep", place, limit=MAX_DEPTH)
    try:
        outcome, added, removed = _Reader().transform(_parser().parse(text))
    except UnexpectedInput as error:
        position = error.pos_in_stream if error.pos_in_stream is not None else len(text)
        raise StudyError("study.formula-broken", place, position=position + 1) from None
    except VisitError as error:
        if isinstance(error.orig_exc, StudyError):
            raise StudyError(error.orig_exc.code, place, **error.orig_exc.values) from None
        raise StudyError("study.formula-broken", place, position=1) from None
    except (LarkError, RecursionError):
        raise StudyError("study.formula-broken", place, position=1) from None
    return _settled(text, outcome, added, removed, place)


def _settled(
    text: str, outcome: str | None, added: list[_Product], removed: list[_Product], place: Place | None
) -> Formula:
    offsets = [product for product in added if any(factor.function.startswith("offset") for factor in product)]
    if len(offsets) > 1 or any(len(product) > 1 for product in offsets):
        raise StudyError("study.formula-offset", place)
    intercept = _ZERO not in added and () not in removed
    kept = [product for product in added if product not in ((), _ZERO) and product not in offsets]
    kept = [product for product in kept if frozenset(product) not in {frozenset(gone) for gone in removed}]
    kept.sort(key=len)  # main effects before interactions, as every statistics program prints them
    formula = Formula(
        " ".join(text.split()),
        outcome,
        tuple(map(Term, kept)),
        intercept,
        Factor(offsets[0][0].column, offsets[0][0].function[7:]) if offsets else None,
    )
    if outcome is not None and any(factor.column == outcome for term in formula.terms for factor in term.factors):
        raise StudyError("study.formula-outcome-in-terms", place, column=outcome)
    return formula


def _depth(text: str) -> int:
    deepest = depth = 0
    for mark in text:
        depth += (mark == "(") - (mark == ")")
        deepest = max(deepest, depth)
    return deepest


@lru_cache(maxsize=1)
def _parser() -> Lark:
    return Lark(_GRAMMAR, parser="lalr")


def _union(products: list[_Product], more: list[_Product]) -> list[_Product]:
    seen = {frozenset(product) for product in products}
    fresh = []
    for product in more:
        if frozenset(product) not in seen:
            seen.add(frozenset(product))
            fresh.append(product)
    if len(seen) > MAX_TERMS:
        raise StudyError("study.formula-too-many", None, limit=MAX_TERMS)
    return products + fresh


def _times(left: list[_Product], right: list[_Product]) -> list[_Product]:
    products: list[_Product] = []
    if _ZERO in left or _ZERO in right:
        raise StudyError("study.formula-nought", None)
    for one in left:
        for other in right:
            product = tuple(dict.fromkeys((*one, *other)))
            if len(product) > MAX_FACTORS:
                raise StudyError("study.formula-too-many-factors", None, limit=MAX_FACTORS)
            products = _union(products, [product])
    return products


@v_args(inline=True)
class _Reader(Transformer[Any, Any]):
    """Turns the parse tree into an ordered set of products."""

    def start(self, *parts: Any) -> tuple[str | None, list[_Product], list[_Product]]:
        outcome = parts[0][0][0].column if len(parts) == 2 else None
        added, removed = parts[-1]
        return outcome, added, removed

    def plain(self, name: str) -> list[_Product]:
        return [(Factor(str(name)),)]

    def call(self, function: str, column: str) -> list[_Product]:
        if function not in (*FUNCTIONS, "C", "offset"):
            raise StudyError("study.formula-function", None, found=str(function), known=", ".join(FUNCTIONS))
        return [(Factor(str(column), str(function)),)]

    def nested(self, outer: str, function: str, column: str) -> list[_Product]:
        if outer != "offset" or function not in FUNCTIONS:
            written = f"{outer}({function}(…))"
            raise StudyError("study.formula-function", None, found=written, known=", ".join(FUNCTIONS))
        return [(Factor(str(column), f"offset {function}"),)]

    def digit(self, digit: str) -> list[_Product]:
        return [()] if digit == "1" else [_ZERO]

    def interaction(self, *atoms: Any) -> list[_Product]:
        found = _bare(atoms[0])
        for atom in atoms[1:]:
            found = _times(found, _bare(atom))
        return found

    def crossed(self, *parts: list[_Product]) -> list[_Product]:
        found = parts[0]
        for part in parts[1:]:
            found = _union(_union(found, part), _times(found, part))
        return found

    def plus(self, part: list[_Product]) -> tuple[str, list[_Product]]:
        return "+", part

    def minus(self, part: list[_Product]) -> tuple[str, list[_Product]]:
        return "-", part

    def sum(self, *parts: Any) -> tuple[list[_Product], list[_Product]]:
        added: list[_Product] = []
        removed: list[_Product] = []
        for part in parts:
            sign, products = part if isinstance(part, tuple) else ("+", part)
            if sign == "+":
                added = _union(added, products)
            elif products == [_ZERO]:  # minus nought is plus one
                added = _union(added, [()])
            else:
                removed = _union(removed, products)
        return added, removed


def _bare(atom: Any) -> list[_Product]:
    """The products of an atom; a bracketed sum loses what it takes away."""
    if isinstance(atom, tuple):
        added, removed = atom
        gone = {frozenset(product) for product in removed}
        return [product for product in added if frozenset(product) not in gone]
    return list(atom)
