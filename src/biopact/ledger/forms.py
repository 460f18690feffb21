"""The forms of a ledger entry and of a receipt. ``docs/receipt.schema.json`` is printed from here."""

from __future__ import annotations

from typing import Any

from biopact.errors import InputError, Place
from biopact.ledger.shape import Choice, Flag, ListOf, MapOf, Maybe, OneOf, Record, Shape, Text, Whole

__all__ = [
    "BODIES",
    "ENTRY",
    "KINDS",
    "LEDGER_SCHEMA",
    "NOUGHT",
    "RECEIPT",
    "RECEIPT_SCHEMA",
    "admit",
    "body_shape",
    "json_schema",
]

LEDGER_SCHEMA = "biopact.ledger/1"
RECEIPT_SCHEMA = "biopact.receipt/1"
NOUGHT = "sha256:" + 64 * "0"  # what stands before the first entry

ID = Text(r"[^\s._-][^\s/\\:]{0,79}", 80, "an id: no spaces, slashes or colons")
RULE = Text(r"[^\s]{1,200}", 200, "the id of a rule")
DAY = Text(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", 10, "a day, YYYY-MM-DD")
MOMENT = Text(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z", 20, "a moment in UTC, YYYY-MM-DDThh:mm:ssZ")
HASH = Text(r"sha256:[0-9a-f]{64}", 71, "sha256: and 64 hexadecimal digits")
KEY = Text(r"[A-Za-z0-9+/]{43}=", 44, "an Ed25519 public key, 32 bytes in base64")
SIGNATURE = Text(r"[A-Za-z0-9+/]{86}==", 88, "an Ed25519 signature, 64 bytes in base64")
LINE = Text(most=2_000)
BOTH = Record({"en": LINE, "ko": LINE})
COUNTRY = Text(r"[A-Z]{2}", 2, "an ISO 3166 code of two letters")
VERDICT = Choice(("prohibited", "authorisation", "obligations", "clear", "undetermined"))
READINESS = Choice(("ready", "open", "blocked"))

KINDS = ("determination", "agreement", "release", "refusal", "publication", "evidence")

# digests and names, never data: a body has these fields and no others
_NUMBERS: dict[str, Shape] = {"study": ID, "analysis": LINE, "round": Whole(), "digest": HASH, "numbers": Whole()}
BODIES: dict[str, tuple[Record, ...]] = {
    "determination": (
        Record({"flow": ID, "day": DAY, "verdict": VERDICT, "readiness": READINESS, "law": HASH, "digest": HASH}),
    ),
    "agreement": (Record(_NUMBERS), Record({"pact": ID, "digest": HASH})),
    "release": (Record(_NUMBERS),),
    "refusal": (Record({"study": ID, "analysis": Maybe(LINE), "rule": RULE}),),
    "publication": (Record({"study": ID, "digest": HASH}),),
    "evidence": (
        Record({"rule": RULE, "flow": ID, "issuer": Maybe(ID), "reference": Maybe(LINE), "digest": Maybe(HASH)}),
    ),
}


ENTRY = Record(
    {
        "schema": Choice((LEDGER_SCHEMA,)),
        "seq": Whole(),
        "time": MOMENT,
        "party": ID,
        "kind": Choice(KINDS),
        "body": OneOf(tuple(shape for shapes in BODIES.values() for shape in shapes)),
        "previous": HASH,
        "digest": HASH,
        "signature": SIGNATURE,
    },
    "One line of a ledger",
)

ARTICLE = Record(
    {
        "rule": RULE,
        "cite": LINE,
        "title": BOTH,
        "effect": Choice(("prohibit", "authorise", "oblige", "charge", "limit", "except", "note")),
        "state": Choice(("applies", "defeated", "may-apply", "pending", "uncertain")),
        "defeated_by": ListOf(RULE),
        "from": Maybe(DAY),
        "checked": Choice(("statute-read", "official-excerpt", "secondary", "recalled")),
        "confidence": Choice(("high", "medium", "low")),
        "review": Flag(),
    },
    "A provision, how it was checked, and whether a lawyer should look at it (review)",
)

JURISDICTION = Record(
    {
        "verdict": VERDICT,
        "between": Maybe(ListOf(VERDICT, 2, 2)),
        "because": LINE,
        "review": Flag(),
        "articles": ListOf(ARTICLE),
    }
)

FLOW = Record(
    {
        "id": ID,
        "title": Maybe(BOTH),
        "from": Maybe(ID),
        "to": ListOf(ID),
        "days": ListOf(DAY),
        "verdict": VERDICT,
        "between": Maybe(ListOf(VERDICT, 2, 2)),
        "readiness": READINESS,
        "review": Flag(),
        "not_covered": ListOf(COUNTRY),
        "jurisdictions": MapOf(COUNTRY, JURISDICTION),
        "limits": MapOf(Text(most=80), Whole()),
    },
    "A flow and the law of each country on its days",
)

EVIDENCE = Record(
    {
        "rule": RULE,
        "flow": ID,
        "issuer": Maybe(ID),
        "reference": Maybe(LINE),
        "from": Maybe(DAY),
        "to": Maybe(DAY),
        "digest": Maybe(HASH),
    },
    "The record that something was done; digest is that of its file",
)

PLACED = Record({"seq": Whole(), "digest": HASH}, "The entry of the party's ledger that holds this")

SITE = Record(
    {
        "party": ID,
        "law": Maybe(HASH),
        "released": ListOf(
            Record({"analysis": LINE, "round": Whole(), "digest": HASH, "numbers": Whole(), "entry": PLACED})
        ),
        "refused": ListOf(Record({"analysis": Maybe(LINE), "rule": RULE, "entry": PLACED})),
    },
    "What a site let out, and what it refused by which rule",
)

RESULTS = Record(
    {"schema": LINE, "digest": HASH, "frame": HASH, "analyses": MapOf(LINE, HASH)},
    "Digests of the published results: the whole, all but the analyses, and each analysis by its name",
)

PARTY = Record(
    {
        "id": ID,
        "name": BOTH,
        "country": Maybe(COUNTRY),
        "role": Choice(("site", "coordinator")),
        "key": Record({"algorithm": Choice(("Ed25519",)), "public": KEY, "fingerprint": HASH}),
        "ledger": Record({"head": HASH, "length": Whole()}),
    },
    "Who signs, with the head and the length of the party's ledger",
)

RECEIPT = Record(
    {
        "schema": Choice((RECEIPT_SCHEMA,)),
        "made": MOMENT,
        "software": Record({"name": LINE, "version": LINE}),
        "pact": Record({"id": ID, "title": BOTH, "notice": Maybe(BOTH), "digest": HASH}),
        "study": Maybe(Record({"id": ID, "title": Maybe(BOTH), "digest": HASH})),
        "as_of": DAY,
        "law": Record({"digest": HASH}),
        "statement": Record({"en": Text(most=20_000), "ko": Text(most=20_000)}),
        "flows": ListOf(FLOW),
        "evidence": ListOf(EVIDENCE),
        "sites": ListOf(SITE),
        "results": Maybe(RESULTS),
        "parties": ListOf(PARTY, 1),
        "signatures": ListOf(Record({"party": ID, "algorithm": Choice(("Ed25519",)), "signature": SIGNATURE}), 1),
    },
    "A receipt of biopact: what was decided, released, refused and published, signed by every party",
)


def body_shape(kind: str) -> Shape:
    """What the body of an entry of this kind may hold."""
    return OneOf(BODIES[kind])


def admit(shape: Shape, value: Any, place: Place) -> None:
    """Raise InputError with the path of the first part that is not of its shape."""
    found = shape.fault(value)
    if found is not None:
        raise InputError(
            f"ledger.expected.{found.expected}", Place(place.file, place.line, found.path or None), **found.values
        )


def json_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a receipt."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:biopact:receipt:1",
        "title": RECEIPT_SCHEMA,
        **RECEIPT.schema(),
    }
