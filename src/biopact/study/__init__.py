"""Joint studies: the same answer as from the pooled table, while every table stays where it is."""

from biopact.study.coordinator import Progress, coordinate, run_study
from biopact.study.recording import SET, Recorder, Silent
from biopact.study.results import Estimate, Failure, Fit, Note, Refusal, Report, Results, SiteLine, Table
from biopact.study.site import Node, Permitted, Site
from biopact.study.spec import Study, read_study, study_of
from biopact.study.trial import try_study

__all__ = [
    "SET",
    "Estimate",
    "Failure",
    "Fit",
    "Node",
    "Note",
    "Permitted",
    "Progress",
    "Recorder",
    "Refusal",
    "Report",
    "Results",
    "Silent",
    "Site",
    "SiteLine",
    "Study",
    "Table",
    "coordinate",
    "read_study",
    "run_study",
    "study_of",
    "try_study",
]
