"""The shipped pack, loaded once."""

from pathlib import Path

import pytest

from service.decision.desk import Policy
from service.model.pack import Pack
from service.pack.loader import load_pack

FOLDER = Path(__file__).parents[2] / "rules" / "code42-enterprise-support"


@pytest.fixture(scope="session")
def support() -> Pack:
    """The Code42 enterprise support policy."""
    return load_pack(FOLDER)


@pytest.fixture(scope="session")
def support_policy(support: Pack) -> Policy:
    """The same, ready to decide."""
    return Policy(support)
