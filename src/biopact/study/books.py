"""The books of a run: each party's keys and ledger, and the receipt made from them.

In process the keys of all sites lie in one data folder; apart, each site keeps its own and signs the same body.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from biopact.decide import Determination, FlowDetermination, as_json
from biopact.decide.answer import flow_as_json
from biopact.errors import VerificationError
from biopact.ledger import (
    Evidence,
    Ledger,
    Party,
    ReceiptParts,
    StudyRecorder,
    digest,
    flows_of,
    gather,
    ledger_path,
    make,
    own_key,
    party_folder,
)
from biopact.pact import Evidence as Record
from biopact.pact import Pact

__all__ = ["Books", "file_digest", "store_folder"]

SITES = "site-stores"  # beside the folders of pacts


@dataclass(frozen=True)
class Books:
    """The ledgers of the sites and of the coordinator, open for one study."""

    pact: Pact
    study: str
    state: Path | None
    sites: tuple[str, ...]
    coordinator: str
    recorder: StudyRecorder
    evidence: tuple[Evidence, ...]

    @classmethod
    def open(cls, pact: Pact, study: str, sites: tuple[str, ...], state: Path | None) -> Books:
        """The books of a study; keys are made where a party has none yet.

        Raises VerificationError where a file of evidence is not the one that was recorded: before anything is released.
        """
        evidence = tuple(_evidence(pact, record) for record in pact.evidence)
        ledgers = {site: _ledger(pact, site, state) for site in sites}
        return cls(pact, study, state, sites, _coordinator(pact, sites), StudyRecorder(study, ledgers), evidence)

    def store(self, site: str) -> Path:
        """A site's private store: one for all pacts and studies, since a pact's name is not the site's to choose."""
        return store_folder(site, self.state)

    def determined(self, site: str, told: FlowDetermination, law: str) -> None:
        """A site's own determination of the flow under which it releases goes into its ledger."""
        body = {
            "flow": told.id,
            "day": told.legs[0].day.isoformat(),
            "verdict": told.verdict,
            "readiness": told.readiness,
            "law": law,
            "digest": digest(flow_as_json(told, "en")),
        }
        self.recorder.ledgers[site].append("determination", body)

    def receipt(
        self, told: Determination, results: Mapping[str, Any], title: Mapping[str, str], study_digest: str
    ) -> dict[str, Any]:
        """The receipt of a run, signed by every site and the coordinator, after the results are in the ledger."""
        hub = self.recorder.ledgers.get(self.coordinator) or _ledger(self.pact, self.coordinator, self.state)
        hub.append("publication", {"study": self.study, "digest": digest(results)})
        ledgers = {**self.recorder.ledgers, self.coordinator: hub}
        flows = flows_of(
            as_json(told, "en"),
            as_json(told, "ko"),
            titles={f.id: f.title for f in self.pact.flows.values() if f.title},
        )
        parts = ReceiptParts(
            pact=self.pact.id,
            title=self.pact.title or self.pact.id,
            notice=self.pact.notice,
            pact_digest=digest(self.pact.written),
            as_of=told.as_of.isoformat(),
            law=told.law,
            flows=flows,
            evidence=self.evidence,
            sites=self.recorder.sites(dict.fromkeys(self.sites, told.law)),
            parties=[self._party(party, ledger) for party, ledger in ledgers.items()],
            study=self.study,
            study_title=title or None,
            study_digest=study_digest,
            results=results,
        )
        return make(parts, {party: ledger.key for party, ledger in ledgers.items()})

    def gather(self, target: Path) -> None:
        """All ledgers of this pact's parties in one file."""
        parties = dict.fromkeys((*self.sites, self.coordinator))
        gather([ledger_path(self.pact.id, party, self.state) for party in parties], target)

    def _party(self, party: str, ledger: Ledger) -> Party:
        known = self.pact.parties[party]
        role = "site" if party in self.sites else "coordinator"
        return Party(party, known.name or party, known.country, role, ledger.key.public, ledger.head())  # type: ignore[arg-type]


def store_folder(site: str, state: Path | None) -> Path:
    """Where a site's private store lies."""
    return party_folder(SITES, site, state) / "store"


def file_digest(path: Path) -> str:
    """SHA-256 of a file as it is."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _ledger(pact: Pact, party: str, state: Path | None) -> Ledger:
    return Ledger(ledger_path(pact.id, party, state), party, own_key(pact.id, party, state))


def _coordinator(pact: Pact, sites: tuple[str, ...]) -> str:
    """The first recipient of the sites' releases that is no site itself; else the first site."""
    for flow in pact.flows.values():
        if flow.sender in sites:
            for recipient in flow.recipients:
                if recipient not in sites and pact.parties[recipient].kind != "public":
                    return recipient
    return sites[0]


def _evidence(pact: Pact, record: Record) -> Evidence:
    """A record of the pact for the receipt, with the digest of its file as it is now.

    Raises VerificationError where the file is not the one that was recorded.
    """
    found = record.sha256
    if record.file and pact.folder is not None and (pact.folder / record.file).is_file():
        found = file_digest(pact.folder / record.file)
        if record.sha256 not in (None, found):
            place = pact.place("evidence", pact.evidence.index(record))
            raise VerificationError("study.evidence-changed", place, file=record.file)
    return Evidence(
        rule=record.rule,
        flow=record.flow,
        issuer=record.issuer,
        reference=record.reference,
        valid_from=record.valid_from.isoformat() if record.valid_from else None,
        valid_to=record.valid_to.isoformat() if record.valid_to else None,
        digest=found,
    )
