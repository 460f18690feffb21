"""What every test may ask for."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

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
