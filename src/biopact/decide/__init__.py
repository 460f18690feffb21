"""From a pact and the law to a determination of every flow: verdicts with their rules, evidence, readiness, questions.

``check(read("folder"))`` is the whole of it.
"""

from biopact.decide.answer import as_json
from biopact.decide.determination import Determination, FlowDetermination, JurisdictionDetermination, LegDetermination
from biopact.decide.determine import check, check_flow
from biopact.decide.reading import PactVocabulary, read

__all__ = [
    "Determination",
    "FlowDetermination",
    "JurisdictionDetermination",
    "LegDetermination",
    "PactVocabulary",
    "as_json",
    "check",
    "check_flow",
    "read",
]
