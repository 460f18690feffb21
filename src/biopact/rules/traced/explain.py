"""Why: the tree of a condition with the value of every part, and the unknown facts that leave it open."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from biopact.interval import Interval
from biopact.rules.language.checking import bound_sets
from biopact.rules.language.model import Rule
from biopact.rules.language.syntax import And, Compare, Condition, In, Index, Literal, Name, Not, Or
from biopact.rules.language.values import ABSENT, UNKNOWN, Members, Truth
from biopact.rules.traced.compile import Env, Scope, compile_condition
from biopact.rules.traced.inforce import InForce

__all__ = ["Trace", "spelled", "trace", "trace_rule"]


@dataclass(frozen=True, slots=True)
class Trace:
    """One part of a condition: its text, its value, its parts, and for a comparison the values found."""

    text: str
    value: Truth
    parts: tuple[Trace, ...] = ()
    found: tuple[tuple[str, Any], ...] = ()  # (fact, value); UNKNOWN where nobody has said

    def open_facts(self) -> Iterator[str]:
        """The unknown facts that keep this open, in the order they are read; none where it is settled."""
        if self.value is not None:
            return
        for part in self.parts:
            yield from part.open_facts()
        for name, value in self.found:
            if is_open(value):
                yield name


def is_open(value: Any) -> bool:
    """Whether a value could still become more exact."""
    if isinstance(value, Interval):
        return value.low != value.high
    return value is UNKNOWN or (isinstance(value, Members) and bool(value.may))


def trace_rule(in_force: InForce, rule: Rule, env: Env) -> Trace:
    """The whole condition of a rule: the scope of its instrument, and its own."""
    instrument = in_force.ruleset.by_id[rule.instrument]
    scope = in_force.scope_of(rule.instrument)
    texts = {**in_force.ruleset.defines, **instrument.defines}
    parts = tuple(trace(condition, env, scope, texts) for condition in (instrument.scope, rule.when))
    values = [part.value for part in parts]
    whole: Truth = False if False in values else None if None in values else True
    return Trace(rule.id, whole, parts)


def trace(condition: Condition, env: Env, scope: Scope, texts: dict[str, Condition]) -> Trace:
    """The tree of a condition on the facts of a leg."""
    value = compile_condition(condition, scope)(env)
    match condition:
        case And(parts) | Or(parts):
            joint = " && " if isinstance(condition, And) else " || "
            told = tuple(trace(part, env, scope, texts) for part in parts)
            return Trace(joint.join(f"({p.text})" if p.parts else p.text for p in told), value, told)
        case Not(of):
            inner = trace(of, env, scope, texts)
            return Trace(f"!({inner.text})", value, (inner,))
        case Name(text) if "." not in text and text in texts:
            return Trace(text, value, tuple(_defined(texts[text], env, scope, texts)))
    return Trace(spelled(condition), value, (), tuple(_facts(condition, env, scope)))


def _defined(condition: Condition, env: Env, scope: Scope, texts: dict[str, Condition]) -> Iterator[Trace]:
    """The body of a define, once for each member of the set it binds."""
    bound = bound_sets(condition, scope.vocabulary)
    if not bound:
        yield trace(condition, env, scope, texts)
        return
    yield from _members(condition, env, Scope(scope.tables, scope.defines, scope.vocabulary, bound), texts, bound)


def _members(
    condition: Condition, env: Env, scope: Scope, texts: dict[str, Condition], sets: tuple[str, ...]
) -> Iterator[Trace]:
    """The body once for each member of the first set, and of those behind it."""
    if not sets:
        yield trace(condition, env, scope, texts)
        return
    name, members = sets[0], env.get(sets[0], UNKNOWN)
    if not isinstance(members, Members):
        yield Trace(f"{name} …", None if members is UNKNOWN else False, (), ((name, members),))
        return
    for member in sorted(members.has | members.may):
        each = {key: value for key, value in env.items() if not key.startswith("#")} | {f"@{name}": member}
        told = tuple(_members(condition, each, scope, texts, sets[1:]))
        values = [part.value for part in told]
        value: Truth = True if True in values else None if None in values else False
        unsure = member in members.may
        if unsure and value:  # true of a member that may not be there
            value = None
        text = f"{member}: {told[0].text}" if len(sets) == 1 else member
        yield Trace(text, value, told, ((name, members),) if unsure else ())


def _facts(condition: Condition, env: Env, scope: Scope) -> Iterator[tuple[str, Any]]:
    match condition:
        case Compare(_, left, right):
            yield from _facts(left, env, scope)
            yield from _facts(right, env, scope)
        case In(left, right):
            yield from _facts(left, env, scope)
            if not isinstance(right, tuple):
                yield from _facts(right, env, scope)
        case Name(text) if "." in text:
            yield (text, env[f"@{text}"]) if f"@{text}" in env else (text, env.get(text, UNKNOWN))
        case Index(Name(text), key):
            yield from _facts(key, env, scope)
            if "." not in text:
                return
            entry = key.value if isinstance(key, Literal) else env.get(f"@{key.text}", env.get(key.text, UNKNOWN))  # type: ignore[union-attr]
            if entry is UNKNOWN or entry is ABSENT:  # which of its values is meant, the key decides
                return
            values = env.get(text, UNKNOWN)
            found = values if values is UNKNOWN or values is ABSENT else values.get(entry, UNKNOWN)
            yield f"{text}[{entry}]", found
        case And(parts) | Or(parts):
            for part in parts:
                yield from _facts(part, env, scope)
        case Not(of):
            yield from _facts(of, env, scope)


def spelled(condition: Condition) -> str:
    """A condition as it is written."""
    match condition:
        case Literal(value):
            return repr(value) if isinstance(value, str) else str(value).lower()
        case Name(text):
            return text
        case Index(of, key):
            return f"{of.text}[{spelled(key)}]"
        case Compare(operator, left, right):
            return f"{spelled(left)} {operator} {spelled(right)}"
        case In(left, right):
            listed = f"[{', '.join(map(repr, right))}]" if isinstance(right, tuple) else spelled(right)
            return f"{spelled(left)} in {listed}"
        case Not(of):
            return f"!({spelled(of)})"
        case And(parts):
            return " && ".join(f"({spelled(p)})" if isinstance(p, Or) else spelled(p) for p in parts)
        case Or(parts):
            return " || ".join(f"({spelled(p)})" if isinstance(p, And) else spelled(p) for p in parts)
