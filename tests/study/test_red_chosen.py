"""Attacks by what an attacker chooses: coefficients, weights, states, grids, questions. Each succeeds while the gate is
off, and is then refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from biopact.errors import VerificationError
from biopact.study import Node, Silent, Site, Study
from biopact.study.analyses.newton import ROUNDS
from biopact.study.data import Roster
from biopact.study.gate.limits import PATHS, REFUSALS
from biopact.study.release import sums_of, to_bytes, vote_to_bytes
from biopact.study.transport import Question

Eyes = Callable[..., Any]
HEAD = """
study: {study}
population: {{table: patients{where}}}
columns:
  age: {{type: number, bounds: [0, 120]}}
  pressure: {{type: number, bounds: [0, 400]}}
  share: {{type: number, bounds: [0, 10000]}}
  ill: {{levels: [0, 1]}}
  sex: {{levels: [female, male]}}
analyses: [{analysis}]
"""


def text(analysis: str, study: str = "s", where: str = "") -> str:
    return HEAD.format(study=study, where=f", where: {where!r}" if where else "", analysis=analysis)


def people(seed: int = 4, n: int = 200) -> list[dict[str, object]]:
    random = np.random.default_rng(seed)
    return [
        {
            "age": int(random.integers(20, 85)),
            "pressure": round(float(random.uniform(90, 180)), 2),
            "share": round(float(random.uniform(0.5, 2)), 3),
            "ill": int(random.random() < 0.4),
            "sex": ("female", "male")[at % 2],
        }
        for at in range(n)
    ]


def test_coefficients_chosen_in_an_external_validation(eyes: Eyes) -> None:
    """A published model so steep that one person alone is neither surely ill nor surely well: what is left of the sum of
    all predictions is theirs."""
    rows = people()
    rows[3]["pressure"] = 212.34
    slope, near = 40.0, 212.3  # the attacker need only come near
    model = (
        "{name: a, kind: external-validation, outcome: ill, formula: 'pressure', "
        f"coefficients: {{Intercept: {-slope * near}, pressure: {slope}}}}}"
    )
    off, on = eyes({"a": rows})
    off.ask(text(model))
    ill = sum(bool(row["ill"]) for row in rows)
    predicted = (ill - float(off.sums["a", "a", 1]["large.score"][0])) % 1  # of all others it is 0 or 1
    found = near + np.log(predicted / (1 - predicted)) / slope
    assert found == pytest.approx(212.34, abs=1e-6)

    eye = on()
    eye.ask(text(model))
    assert eye.rules[0] in ("minimum-cell", "score-bins", "effective-size")
    assert not eye.sums


def test_coefficients_chosen_so_that_every_class_holds_its_minimum(eyes: Eyes) -> None:
    """In the middle of a crowd, with classes that nobody can object to: then the weights themselves are judged."""
    rows = people(n=2_000)
    pressures = np.array([float(str(row["pressure"])) for row in rows])
    near, cuts = 135.0, np.array([120.0, 123.0, 126.0, 130.0])

    def model(slope: float) -> str:
        grid = (1 / (1 + np.exp(-slope * (cuts - near)))).tolist()
        return (
            f"{{name: a, kind: external-validation, outcome: ill, grid: {[*grid, 1.0]}, formula: pressure, "
            f"coefficients: {{Intercept: {-slope * near}, pressure: {slope}}}}}"
        )

    off, on = eyes({"a": rows})
    off.ask(text(model(40.0)))
    told = float(off.sums["a", "a", 1]["large.information"][0, 0])
    weights = 1 / (2 + 2 * np.cosh(40 * (pressures[np.abs(pressures - near) < 1] - near)))
    assert told == pytest.approx(float(weights.sum()), rel=1e-6)
    assert weights.sum() ** 2 / (weights @ weights) < 10, "a sum over a few"

    eye = on()
    eye.ask(text(model(40.0)))
    assert eye.rules == ["effective-size"]
    assert not eye.sums
    eye.ask(text(model(0.1), "t"))
    assert eye.rules == ["effective-size"], "a model as they are published is validated"


def test_weights_that_one_person_carries(eyes: Eyes) -> None:
    rows = people()
    rows[9] |= {"share": 9000.0, "pressure": 171.23}
    model = "{name: a, kind: glm, weights: share, formula: 'pressure ~ age'}"
    off, on = eyes({"a": rows})
    off.ask(text(model))
    sums = off.sums["a", "a", 1]
    assert sums["score"][0] / sums["information"][0, 0] == pytest.approx(171.23, abs=2)

    eye = on()
    eye.ask(text(model))
    assert eye.rules == ["dominance"]
    eye.ask(text("{name: a, kind: cox, time: pressure, event: ill, weights: share, formula: age}", "t"))
    assert eye.rules == ["dominance", "dominance"]


def test_weights_that_differ_for_one_person_only(eyes: Eyes) -> None:
    """Neither dominates: the weighted sum less the plain one is that person's value."""
    rows = [{**row, "share": 1.0} for row in people()]
    rows[9]["share"] = 2.0
    off, on = eyes({"a": rows})
    found = []
    for study, more in (("s", "weights: share, "), ("t", "")):
        off.ask(text(f"{{name: a, kind: glm, {more}formula: 'pressure ~ age'}}", study))
        found.append(off.sums["a", "a", 1]["score"][0])
    assert found[0] - found[1] == pytest.approx(float(str(rows[9]["pressure"])), abs=1e-8)

    eye = on()
    eye.ask(text("{name: a, kind: glm, weights: share, formula: 'pressure ~ age'}"))
    assert eye.rules == ["minimum-cell"]


LOGISTIC = "{name: a, kind: glm, family: binomial, formula: 'ill ~ age'}"
ROSTER = Roster((("a", "KR"), ("b", "KR")))


def turned(own: Mapping[str, Any], beta: np.ndarray) -> bytes:
    """What a second site must say that it released so that the next state is beta."""
    head = {"study": "s", "site": "b", "analysis": "a", "round": 1}
    sums = {name: np.zeros_like(value) for name, value in own.items()}
    sums["score"] = own["information"] @ beta - own["score"]
    sums["n"], sums["events"] = np.array(100.0), np.array(50.0)
    return to_bytes(head, sums)


def gradient(node: Node, beta: np.ndarray) -> Any:
    """The reply of site a at coefficients that site b chose."""
    node.reply(Question("drop", ROSTER, "a"))
    judged = node.reply(Question("judge", ROSTER, "a"))
    if judged.refusal is not None:
        return judged
    own = node.reply(Question("answer", ROSTER, "a", 1)).payload
    assert own is not None
    heard = {"a": own, "b": turned(sums_of(own), beta)}
    return node.reply(Question("answer", ROSTER, "a", 2, heard))


def opened(study: Study, site: Site) -> Node:
    node = Node(study, site, lambda _: None, Silent())
    node.reply(Question("permit", ROSTER))
    return node


def test_a_site_that_forges_its_sums_to_choose_the_next_coefficients(
    eyes: Eyes, read_text: Callable[[str], Study]
) -> None:
    """Steep enough, the information at chosen coefficients is that of one person."""
    rows = people()
    rows[5]["age"] = 103
    steep = np.array([-200.0, 200.0 / ((103.2 - 60) / 60)])
    off, on = eyes({"a": rows})
    study = read_text(text(LOGISTIC))
    information = sums_of(gradient(opened(study, off.sites[0]), steep).payload)["information"]
    assert 60 + 60 * information[0, 1] / information[0, 0] == pytest.approx(103, abs=1e-6)

    reply = gradient(opened(study, on().sites[0]), steep)
    assert reply.payload is None
    assert reply.refusal.rule == "effective-size"


def test_repeated_gradients_at_chosen_coefficients(eyes: Eyes, read_text: Callable[[str], Study]) -> None:
    """At each point the weights rest on many people, and yet enough points are the age of everybody."""
    rows = people()
    ages = np.array([int(str(row["age"])) for row in rows])
    known = np.arange(20, 85)
    slope = 15.0
    points = [np.array([-slope * (at - 60) / 60, slope]) for at in np.linspace(10, 95, 120)]

    def weights(beta: np.ndarray) -> np.ndarray:
        eta = beta[0] + beta[1] * (known - 60) / 60
        return 1 / (2 + 2 * np.cosh(eta))

    off, on = eyes({"a": rows})
    study = read_text(text(LOGISTIC))
    node = opened(study, off.sites[0])
    rows_, answers = [], []
    for beta in points:
        information = sums_of(gradient(node, beta).payload)["information"]
        w, x = weights(beta), (known - 60) / 60
        rows_ += [w, w * x, w * x * x]
        answers += [information[0, 0], information[0, 1], information[1, 1]]
    found, *_ = np.linalg.lstsq(np.array(rows_), np.array(answers), rcond=1e-15)
    np.testing.assert_array_equal(np.round(found), np.bincount(ages, minlength=85)[20:])

    node = opened(study, on().sites[0])
    replies = [gradient(node, beta) for beta in points[30:90]]
    assert sum(reply.payload is not None for reply in replies) == PATHS
    assert [reply.refusal.rule for reply in replies if reply.refusal] == ["states"] * REFUSALS + ["refusal-budget"] * 7
    assert known.size > 3 * (PATHS + 1), "fewer equations than ages"


def test_a_vote_that_the_site_did_not_give_opens_no_table(eyes: Eyes, read_text: Callable[[str], Study]) -> None:
    """Who carries the votes could say yes to a cell that the site hides so that another cannot be computed."""
    rows = [
        {**row, "sex": ("female", "male")[at >= 60], "ill": int(at < 4 or at >= 120)} for at, row in enumerate(people())
    ]
    _, on = eyes({"a": rows})
    site = on().sites[0]
    study = read_text(text("{name: a, kind: crosstab, rows: sex, columns: ill}"))
    roster = Roster((("a", "KR"),))
    node = Node(study, site, lambda _: None, Silent())
    node.reply(Question("permit", roster))
    own = node.reply(Question("agree", roster, "a")).payload
    assert own is not None
    assert json.loads(own)["vote"] == [False] * 4
    forged = vote_to_bytes(
        {"study": "s", "site": "a", "analysis": "a", "round": 0}, np.array([True, False, True, True])
    )
    for heard in ({"a": forged}, {}):
        with pytest.raises(VerificationError):
            node.reply(Question("judge", roster, "a", 0, heard))


def test_quantiles_asked_again_and_again_do_not_close_in_on_the_largest(eyes: Eyes) -> None:
    rows = people()
    rows[5]["pressure"] = 243.57
    pressures = np.array([float(str(row["pressure"])) for row in rows])

    def asked(cut: float, study: str) -> str:
        return text(
            f"{{name: a, kind: describe, of: [pressure], quantiles: [0.999], grid: {{pressure: [{cut!r}, 400]}}}}",
            study,
        )

    def closing_in(eye: Any) -> tuple[float, float]:
        low, high = 0.0, 400.0
        for at in range(40):
            cut = (low + high) / 2
            table = eye.ask(asked(cut, f"q{at}")).analyses[0].outcome
            told = table.rows[-1]["quantiles"] if table is not None else None
            if told is None:
                break
            low, high = max(low, told[0]["low"]), min(high, told[0]["high"])
        return low, high

    off, on = eyes({"a": rows})
    low, high = closing_in(off)
    assert low < 243.57 <= high
    assert high - low < 1e-6

    eye = on()
    low, high = closing_in(eye)
    assert ((pressures > low) & (pressures <= high)).sum() >= 10
    assert high == 400.0


def test_probing_by_refusals(eyes: Eyes) -> None:
    """Nine people whom the attacker knows, and one more if ill: whether it is refused says whether ill."""
    rows = [{**row, "age": at + 1} for at, row in enumerate(people(n=110))]
    describe = "{name: a, kind: describe, of: [pressure]}"
    targets = range(10, 110)
    truth = {age: bool(rows[age - 1]["ill"]) for age in targets}

    def learned(eye: Any) -> dict[int, bool]:
        """Whom the attacker learns about; the rule is told, and it differs."""
        known = {}
        for age in targets:
            before = len(eye.rules)
            eye.ask(text(describe, "s", f"age <= 9 || (age == {age} && ill == true)"))
            rule = eye.rules[-1] if len(eye.rules) > before else None
            if rule != "refusal-budget":
                known[age] = rule != "minimum-cell"
        return known

    off, on = eyes({"a": rows})
    bare = off.sites
    eye = on()
    eye.sites = [replace(bare[0], min_cell=10, limits=replace(bare[0].limits, refusals=10**6, refusals_in_all=10**6))]
    assert learned(eye) == truth, "without a budget each question is answered by its refusal"

    eye = on()
    found = learned(eye)
    assert len(found) <= REFUSALS + 1
    assert eye.rules[-1] == "refusal-budget"


def test_no_analysis_has_more_rounds_than_its_cap() -> None:
    from biopact.study.analyses import KINDS

    assert all(kind.rounds <= 2 * ROUNDS + 3 for kind in KINDS.values())
    assert {kind.rounds for kind in KINDS.values()} >= {1, ROUNDS}
