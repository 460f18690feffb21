"""The reasons of a hit in words, and what is told beside it, in the language in force."""

from __future__ import annotations

from biopact.screening.decisions import Judged
from biopact.screening.lists.entry import Listing, Note
from biopact.screening.qualifiers import Qualifier
from biopact.screening.queries import Finding
from biopact.screening.resources import yaml_of
from biopact.text import pick, say

__all__ = ["finding", "listing_title", "note", "qualifier", "why"]


def why(each: Judged) -> str:
    """Why a hit is one: the number that agrees, each scorer that speaks for it, what else is known, its judgement."""
    hit = each.hit
    parts = [say("screening.why-identifier", number=hit.identifier)] if hit.identifier else []
    values = {"spelling": hit.spelling, "sound": hit.sound, "alias": hit.alias}
    for scorer, says in sorted(hit.evidence, key=lambda pair: -values[pair[0]]):
        if values[scorer] >= 0.5:
            parts.append(say(f"screening.why-{scorer}", says=says, value=f"{values[scorer]:.2f}"))
    parts += [qualifier(known) for known in hit.qualifiers]
    if hit.best.until:
        parts.append(say("screening.why-until", day=hit.best.until.isoformat()))
    if each.decision:
        parts.append(
            say(
                "screening.why-judged",
                judgement=say(f"screening.judgement-{each.decision.judgement}"),
                by=each.decision.by,
                at=each.decision.at[:10],
            )
        )
    if each.lapsed:
        parts.append(
            say(
                "screening.why-lapsed",
                judgement=say(f"screening.judgement-{each.lapsed.judgement}"),
                by=each.lapsed.by,
                at=each.lapsed.at[:10],
            )
        )
    return "; ".join(parts)


def qualifier(known: Qualifier) -> str:
    """One thing known of both, in words."""
    return say(
        f"screening.qualifier-{known.says}",
        what=say(f"screening.what-{known.what}"),
        ours=known.ours,
        theirs=known.theirs,
    )


def note(told: Note) -> str:
    """Something to be told of an input."""
    return say(f"screening.note-{told.code}", **told.values)


def finding(told: Finding) -> str:
    """Something to be told of one query; by its id and line, never its name."""
    return say(f"screening.finding-{told.code}", query=told.query, line=told.line or "–", **told.values)


def listing_title(listing: Listing) -> str:
    """The name of a list in the language in force; its id where it has none here."""
    known = yaml_of("lists").get(listing.id)
    return pick(known["title"]) if known else listing.id
