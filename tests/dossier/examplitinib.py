"""The sound dossier of the tests: an invented NDA in three sequences, complete for what is asked, with two studies and their data."""

from __future__ import annotations

from . import papers
from .builder import REPORT, Admin, Doc, Dossier, Seq, Study

TOX, TRIAL = "INV-TOX-01", "INV-301"
M1 = [
    ("cover", "m1-2-cover-letters", "cover.pdf", "Cover letter"),
    ("debarment", "m1-3-3-debarment-certification", "debarment.pdf", "Debarment certification"),
    ("financial", "m1-3-4-financial-certification-and-disclosure", "financial.pdf", "Financial certification"),
    ("patent", "m1-3-5-1-patent-information", "patent.pdf", "Patent information"),
    ("environment", "m1-12-14-environmental-analysis", "environment.pdf", "Claim of categorical exclusion"),
    ("labelling", "m1-14-1-3-draft-labeling-text", "labelling.pdf", "Draft labelling"),
]
M2_M3 = [
    ("qos", "m2-3-introduction", "m2/23-qos/introduction.pdf", "Introduction"),
    ("qos-s", "m2-3-s-drug-substance", "m2/23-qos/drug-substance.pdf", "Summary: drug substance"),
    ("qos-p", "m2-3-p-drug-product", "m2/23-qos/drug-product.pdf", "Summary: drug product"),
    ("noncl", "m2-4-nonclinical-overview", "m2/24-nonclin-over/nonclinical-overview.pdf", "Nonclinical overview"),
    ("clin", "m2-5-clinical-overview", "m2/25-clin-over/clinical-overview.pdf", "Clinical overview"),
    ("tox-sum", "m2-6-6-toxicology-written-summary", "m2/26-nonclin-sum/toxicology.pdf", "Toxicology written summary"),
    ("eff-sum", "m2-7-3-summary-of-clinical-efficacy", "m2/27-clin-sum/efficacy.pdf", "Summary of clinical efficacy"),
    ("name", "m3-2-s-1-1-nomenclature", "m3/32-body-data/32s-drug-sub/nomenclature.pdf", "Nomenclature"),
    (
        "s-spec",
        "m3-2-s-4-1-specification",
        "m3/32-body-data/32s-drug-sub/specification.pdf",
        "Specification: drug substance",
    ),
    (
        "compo",
        "m3-2-p-1-description-and-composition-of-the-drug-product",
        "m3/32-body-data/32p-drug-prod/composition.pdf",
        "Composition",
    ),
    (
        "p-spec",
        "m3-2-p-5-1-specifications",
        "m3/32-body-data/32p-drug-prod/specifications.pdf",
        "Specifications: drug product",
    ),
    (
        "stab",
        "m3-2-p-8-1-stability-summary-and-conclusion",
        "m3/32-body-data/32p-drug-prod/stability.pdf",
        "Stability summary",
    ),
    (
        "batch",
        "m3-2-r-regional-information",
        "m3/32-body-data/32r-reg-info/executed-batch-record.pdf",
        "Executed batch record",
    ),
    ("list", "m5-2-tabular-listing-of-all-clinical-studies", "m5/52-tab-list/tabular-listing.pdf", "Tabular listing"),
]
TOX_ELEMENT, TRIAL_ELEMENT = (
    "m4-2-3-2-repeat-dose-toxicity",
    "m5-3-5-1-study-reports-of-controlled-clinical-studies-pertinent-to-the-claimed-indication",
)
TOX_FOLDER = "m4/42-stud-rep/423-tox/4232-repeat-dose-tox/inv-tox-01"
TRIAL_FOLDER = "m5/53-clin-stud-rep/535-rep-effic-safety-stud/5351-stud-rep-contr/inv-301"
SDTM, SEND, ADAM = "data-tabulation-dataset-sdtm", "data-tabulation-dataset-send", "analysis-dataset-adam"


def _study(
    study: str, element: str, folder: str, files: list[tuple[str, str, bytes, str]]
) -> tuple[list[Doc], list[tuple[str, list[str], str | None]]]:
    docs, tagged = [], []
    for name, tag, content, title in files:
        id_ = f"{study.lower()}-{name.replace('/', '-').rpartition('.')[0]}"
        docs.append(Doc(id_, element, f"{folder}/{name}", content, title))
        tagged.append((id_, [tag], title if tag == REPORT else None))
    return docs, tagged


def examplitinib() -> Dossier:
    """Three sequences: the application, an amendment of two documents, a further amendment that takes one away."""
    first = Seq("0001", Admin())
    first.regional = [Doc(id_, element, f"m1/us/{name}", papers.pdf(title), title) for id_, element, name, title in M1]
    first.regional.append(
        Doc("form", "m1-1-forms", "m1/us/356h.pdf", papers.pdf("Form 356h"), "Form FDA 356h", form="fdaft2")
    )
    first.index = [Doc(id_, element, path, papers.pdf(title), title) for id_, element, path, title in M2_M3]
    tox, tox_tags = _study(TOX, TOX_ELEMENT, TOX_FOLDER, [
        ("report.pdf", REPORT, papers.pdf("Repeat-dose toxicity", 8), "Repeat-dose toxicity in the rat"),
        ("data/ts.xpt", SEND, papers.trial_summary(TOX, name="STSTDTC"), "Trial summary"),
        ("data/dm.xpt", SEND, papers.data("DM", TOX), "Demographics"),
        ("data/bw.xpt", SEND, papers.data("BW", TOX), "Body weights"),
        ("data/define.xml", "data-tabulation-data-definition", papers.DEFINE, "Data definition"),
    ])  # fmt: skip
    trial, trial_tags = _study(TRIAL, TRIAL_ELEMENT, TRIAL_FOLDER, [
        ("report.pdf", REPORT, papers.pdf("A randomised trial", 12), "A randomised trial of examplitinib"),
        ("tabulations/ts.xpt", SDTM, papers.trial_summary(TRIAL), "Trial summary"),
        ("tabulations/dm.xpt", SDTM, papers.data("DM", TRIAL), "Demographics"),
        ("tabulations/ae.xpt", SDTM, papers.data("AE", TRIAL), "Adverse events"),
        ("tabulations/define.xml", "data-tabulation-data-definition", papers.DEFINE, "Data definition, tabulations"),
        ("analysis/adsl.xpt", ADAM, papers.data("ADSL", TRIAL), "Subject-level analysis"),
        ("analysis/define.xml", "analysis-data-definition", papers.DEFINE + b"<!-- analysis -->\n", "Data definition, analysis"),
    ])  # fmt: skip
    first.index += [*tox, *trial]
    first.studies = [
        Study(TOX, "Repeat-dose toxicity in the rat", TOX_ELEMENT, TOX_FOLDER, tox_tags, {"species": "rat", "route-of-admin": "oral", "duration": "medium"}),
        Study(TRIAL, "A randomised trial of examplitinib", TRIAL_ELEMENT, TRIAL_FOLDER, trial_tags, {"type-of-control": "placebo"}),
    ]  # fmt: skip
    second = Seq("0002", Admin(description="Amendment: quality", sequence="0002", sub_type="fdasst4"))
    second.regional = [
        _form("0002"),
        Doc("cover2", "m1-2-cover-letters", "m1/us/cover.pdf", papers.pdf("Cover letter 2"), "Cover letter"),
    ]
    second.index = [
        Doc("p-spec2", "m3-2-p-5-1-specifications", "m3/32-body-data/32p-drug-prod/specifications.pdf", papers.pdf("Specifications, second version"), "Specifications: drug product", "replace", "../0001/index.xml#p-spec"),
        Doc("stab2", "m3-2-p-8-1-stability-summary-and-conclusion", "m3/32-body-data/32p-drug-prod/stability-12-months.pdf", papers.pdf("Stability, twelve months"), "Stability: twelve months", "append", "../0001/index.xml#stab"),
    ]  # fmt: skip
    third = Seq("0003", Admin(description="Amendment: batch record", sequence="0003", sub_type="fdasst4"))
    third.regional = [_form("0003"), Doc("label3", "m1-14-1-3-draft-labeling-text", "m1/us/labelling.pdf", papers.pdf("Draft labelling 2"), "Draft labelling", "replace", "../../../0001/m1/us/us-regional.xml#labelling")]  # fmt: skip
    third.index = [
        Doc(
            "batch3",
            "m3-2-r-regional-information",
            None,
            None,
            "Executed batch record",
            "delete",
            "../0001/index.xml#batch",
        )
    ]
    return Dossier([first, second, third])


def _form(number: str) -> Doc:
    return Doc(
        f"form-{number}",
        "m1-1-forms",
        "m1/us/356h.pdf",
        papers.pdf(f"Form 356h {number}"),
        "Form FDA 356h",
        form="fdaft2",
    )
