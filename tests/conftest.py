"""What every test may ask for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from biopact.cli import main

# a shared or cold machine is slow now and then: what a test claims is never how long it takes
settings.register_profile("biopact", deadline=None)
settings.load_profile("biopact")

ROOT = Path(__file__).parents[1]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--soak", action="store_true", help="run the long tests too")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--soak"):
        for item in items:
            if "soak" in item.keywords:
                item.add_marker(pytest.mark.skip(reason="a long run: make soak"))


@pytest.fixture(autouse=True)
def _own_state(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or writes the user's own keys, ledgers or language."""
    monkeypatch.setenv("BIOPACT_STATE", str(tmp_path_factory.mktemp("state")))
    monkeypatch.setenv("BIOPACT_LANG", "en")
    monkeypatch.setattr("biopact.text._spoken", None)


@pytest.fixture(scope="session")
def shared() -> Path:
    """Reference data beside the checkout, where it is there."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("the reference data (../shared) is not beside this checkout")
    return folder


class Told:
    """What a command printed and how it ended."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def biopact(capsys: pytest.CaptureFixture[str]) -> Any:
    """A command as a user types it, in this process."""

    def call(*words: object) -> Told:
        with pytest.raises(SystemExit) as caught:
            main([str(word) for word in words])
        out, err = capsys.readouterr()
        code = caught.value.code
        return Told(code if isinstance(code, int) else 0 if code is None else 1, out, err)

    return call
