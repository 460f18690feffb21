"""Conditions as closures: each takes the facts of one leg and gives true, false or unknown (strong Kleene)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from biopact.rules.language.checking import bound_sets
from biopact.rules.language.facts import Vocabulary
from biopact.rules.language.syntax import And, Compare, Condition, In, Index, Literal, Name, Not, Or, walk
from biopact.rules.language.values import ABSENT, COMPARISONS, UNKNOWN, Members, Truth, equal

__all__ = ["Env", "Scope", "Test", "compile_condition", "compile_define", "compile_defines"]

Env = dict[str, Any]  # full name of a fact -> value; a keyed fact -> mapping of values. Not there: unknown.
Test = Callable[[Env], Truth]
Getter = Callable[[Env], Any]


class Scope:
    """What names mean where a condition is compiled: tables as of the day, defines as closures, sets bound to a member."""

    __slots__ = ("bound", "defines", "tables", "vocabulary")

    def __init__(
        self,
        tables: Mapping[str, Mapping[str, Any]],
        defines: Mapping[str, Test],
        vocabulary: Vocabulary,
        bound: tuple[str, ...] = (),
    ) -> None:
        self.tables, self.defines, self.vocabulary, self.bound = tables, defines, vocabulary, bound


def compile_condition(condition: Condition, scope: Scope) -> Test:
    """The closure of a condition."""
    match condition:
        case Literal(value):
            constant = bool(value)
            return lambda env: constant
        case And(parts):
            return _and([compile_condition(part, scope) for part in parts])
        case Or(parts):
            return _or([compile_condition(part, scope) for part in parts])
        case Not(of):
            inner = compile_condition(of, scope)

            def negated(env: Env) -> Truth:
                value = inner(env)
                return None if value is None else not value

            return negated
        case Compare("==" | "!=" as operator, Name(text), Literal(str() as word)) if "." in text:
            return _is_word(_key(text, scope), word, operator == "==")
        case Compare(operator, left, right):
            compare, first, second = COMPARISONS[operator], _getter(left, scope), _getter(right, scope)
            return lambda env: compare(first(env), second(env))
        case In(left, right):
            return _in(left, right, scope)
        case Name(text) if "." not in text:
            return scope.defines[text]
        case Name(text):
            return _is_true(_key(text, scope))
        case _:
            get = _getter(condition, scope)

            def asked(env: Env) -> Truth:
                value = get(env)
                return None if value is UNKNOWN else value is True

            return asked


def _key(text: str, scope: Scope) -> str:
    """Where the value of a fact stands: that of a set which a define binds, under a name of its own."""
    return f"@{text}" if text in scope.bound else text


def _is_word(key: str, word: str, same: bool) -> Test:
    """``fact == 'word'``: what ``values.equal`` says, without asking what it cannot be."""

    def compared(env: Env) -> Truth:
        value = env.get(key, UNKNOWN)
        if value == word:
            return same
        if value is UNKNOWN:
            return None
        return False if value is ABSENT else not same

    return compared


def _is_true(key: str) -> Test:
    def asked(env: Env) -> Truth:
        value = env.get(key, UNKNOWN)
        return None if value is UNKNOWN else value is True

    return asked


def _and(tests: list[Test]) -> Test:
    if len(tests) == 2:
        first, second = tests

        def both(env: Env) -> Truth:
            value = first(env)
            if value is False:
                return False
            other = second(env)
            return False if other is False else None if value is None or other is None else True

        return both

    def every(env: Env) -> Truth:
        unknown = False
        for test in tests:
            value = test(env)
            if value is False:
                return False
            unknown = unknown or value is None
        return None if unknown else True

    return every


def _or(tests: list[Test]) -> Test:
    def some(env: Env) -> Truth:
        unknown = False
        for test in tests:
            value = test(env)
            if value is True:
                return True
            unknown = unknown or value is None
        return None if unknown else False

    return some


def _in(left: Condition, right: Condition | tuple[Any, ...], scope: Scope) -> Test:
    if isinstance(right, Name | Index) and not (isinstance(right, Name) and right.text in scope.tables):
        if isinstance(left, Literal) and isinstance(right, Name) and right.text not in scope.bound:
            return _has(right.text, left.value)
        member, members = _getter(left, scope), _getter(right, scope)
        return lambda env: _holds(members(env), member(env))
    listed = frozenset(right) if isinstance(right, tuple) else frozenset(scope.tables[right.text])  # type: ignore[union-attr]
    get = _getter(left, scope)
    fact = scope.vocabulary.find(left.text) if isinstance(left, Name) else None
    domain = frozenset(fact.domain) if fact is not None else frozenset()
    numbers = tuple(value for value in listed if not isinstance(value, str))
    unknown: Truth = None if listed and (not domain or domain & listed) else False

    def among(env: Env) -> Truth:
        value = get(env)
        if isinstance(value, str):
            return value in listed
        if value is UNKNOWN:
            return unknown
        if value is ABSENT:
            return False
        if isinstance(value, Members):
            return value.meets(listed)
        answers = [equal(value, number) for number in numbers]
        return True if True in answers else None if None in answers else False

    return among


def _has(name: str, member: Any) -> Test:
    """``'member' in fact``."""

    def held(env: Env) -> Truth:
        members = env.get(name, UNKNOWN)
        if isinstance(members, Members):
            return True if member in members.has else None if member in members.may else False
        return None if members is UNKNOWN else False

    return held


def _holds(members: Any, member: Any) -> Truth:
    if members is ABSENT or member is ABSENT:
        return False
    if members is UNKNOWN:
        return None
    if isinstance(members, str):  # the one member that a define is judged for now
        return equal(member, members)
    if member is UNKNOWN:
        return None if members.has or members.may else False
    answer: Truth = members.holds(member)
    return answer


def _getter(term: Condition, scope: Scope) -> Getter:
    match term:
        case Literal(value):
            return lambda env: value
        case Name(text) if "." in text:
            key = _key(text, scope)
            return lambda env: env.get(key, UNKNOWN)
        case Index(Name(text), key_term):
            key_of = _getter(key_term, scope)
            if "." in text:
                return lambda env: _keyed(env.get(text, UNKNOWN), key_of(env), UNKNOWN)
            table = scope.tables[text]
            return lambda env: _keyed(table, key_of(env), ABSENT)
        case _:
            test = compile_condition(term, scope)

            def truth(env: Env) -> Any:
                value = test(env)
                return UNKNOWN if value is None else value

            return truth


def _keyed(values: Any, key: Any, otherwise: Any) -> Any:
    if values is ABSENT or key is ABSENT:
        return ABSENT
    if values is UNKNOWN or key is UNKNOWN:
        return UNKNOWN if values else otherwise
    return values.get(key, otherwise)


def compile_define(name: str, condition: Condition, scope: Scope) -> Test:
    """The closure of a define: judged once a set of facts, and once per member of the sets it uses as keys."""
    bound = bound_sets(condition, scope.vocabulary)
    inner = Scope(scope.tables, scope.defines, scope.vocabulary, bound)
    body = compile_condition(condition, inner)
    memo = f"#{name}"

    def judged(env: Env) -> Truth:
        if memo in env:
            known: Truth = env[memo]
            return known
        answer = _per_member(env, body, bound, scope.vocabulary) if bound else body(env)
        env[memo] = answer
        return answer

    return judged


def compile_defines(
    conditions: Mapping[str, Condition],
    defines: dict[str, Test],
    tables: Mapping[str, Mapping[str, Any]],
    vocabulary: Vocabulary,
    prefix: str = "",
) -> None:
    """Put the closures of some defines into ``defines``; in whatever order they stand, one means another by its name."""
    waiting = dict(conditions)

    def make(name: str) -> None:
        condition = waiting.pop(name)
        for part in walk(condition):
            if isinstance(part, Name) and part.text in waiting:
                make(part.text)
        defines[name] = compile_define(f"{prefix}{name}", condition, Scope(tables, defines, vocabulary))

    while waiting:
        make(next(iter(waiting)))


def _per_member(env: Env, body: Test, bound: tuple[str, ...], vocabulary: Vocabulary) -> Truth:
    """True if the body is true of some member surely in the set; unknown if it may be."""
    name, rest = bound[0], bound[1:]
    members = env.get(name, UNKNOWN)
    if members is ABSENT:
        return False
    if members is UNKNOWN:
        fact = vocabulary.find(name)
        members = Members(frozenset(), frozenset(fact.domain if fact else ()))
    possible = False
    for member in sorted(members.has | members.may):
        inner = {key: value for key, value in env.items() if not key.startswith("#")}
        inner[f"@{name}"] = member
        value = _per_member(inner, body, rest, vocabulary) if rest else body(inner)
        if value is True and member in members.has:
            return True
        possible = possible or value is not False
    return None if possible else False
