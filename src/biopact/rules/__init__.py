"""The rule language: conditions, typed facts, dated tables, defeats, three-valued evaluation. It knows no law.

``load`` reads instruments into a ``RuleSet``; ``RuleSet.on(day)`` is what is in force that day, ready to judge facts;
``explain`` tells why; ``questions`` says what to ask next; ``patched`` is the rule set an option would make.
"""

from biopact.rules.language.facts import Fact, Vocabulary
from biopact.rules.language.model import Effect, Rank, Rule
from biopact.rules.language.values import ABSENT, UNKNOWN, Members
from biopact.rules.loading.documents import load, load_documents
from biopact.rules.loading.patch import Option, patched, read_option
from biopact.rules.ruleset import RuleSet
from biopact.rules.traced.evaluate import Judgement, RuleState
from biopact.rules.traced.inforce import InForce

__all__ = [
    "ABSENT",
    "UNKNOWN",
    "Effect",
    "Fact",
    "InForce",
    "Judgement",
    "Members",
    "Option",
    "Rank",
    "Rule",
    "RuleSet",
    "RuleState",
    "Vocabulary",
    "load",
    "load_documents",
    "patched",
    "read_option",
]
