"""The rule language: conditions, typed facts, dated tables, defeats, three-valued evaluation. It knows no law.

``load`` reads instruments into a ``RuleSet``; ``RuleSet.on(day)`` is what is in force that day, ready to judge facts;
``explain`` tells why; ``questions`` says what to ask next; ``patched`` is the rule set an option would make.
"""

from biopact.rules.evaluate import Judgement, RuleState
from biopact.rules.facts import Fact, Vocabulary
from biopact.rules.inforce import InForce
from biopact.rules.loading import load, load_documents
from biopact.rules.model import Effect, Rank, Rule
from biopact.rules.patch import Option, patched, read_option
from biopact.rules.ruleset import RuleSet
from biopact.rules.values import ABSENT, UNKNOWN, Members

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
