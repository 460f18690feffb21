"""Rules in an order in which each can be judged after those that may defeat it."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["defeaters_first"]


def defeaters_first(count: int, defeated_by: Mapping[int, list[int]]) -> list[int]:
    """An order in which every rule stands behind those that may defeat it (the graph has no circle: load saw to it)."""
    order: list[int] = []
    done = [False] * count

    def visit(index: int) -> None:
        stack = [(index, iter(defeated_by.get(index, ())))]
        done[index] = True
        while stack:
            current, rest = stack[-1]
            following = next((i for i in rest if not done[i]), None)
            if following is None:
                order.append(current)
                stack.pop()
            else:
                done[following] = True
                stack.append((following, iter(defeated_by.get(following, ()))))

    for index in range(count):
        if not done[index]:
            visit(index)
    return order
