"""What the tests of all rooms share: how random ones draw, a PostgreSQL server, and an empty database on it."""

from random import SystemRandom

import pytest
from hypothesis import HealthCheck, settings

from tests.postgresql_server import PostgresqlServer

# No deadline, and no complaint about slow draws: what a machine is busy with says nothing of what is tested. Examples
# are drawn anew in each run, in CI as well, so that the suite goes on looking; what a run drew follows from one seed.
settings.register_profile(
    "suite",
    deadline=None,
    derandomize=False,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
# By hand, where something was changed that random tests are about: --hypothesis-profile=thorough.
settings.register_profile("thorough", settings.get_profile("suite"), max_examples=5000)
settings.load_profile("suite")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config):
    """Draw a seed unless one is given, before Hypothesis asks for it; workers get the one of the run."""
    if config.option.hypothesis_seed is None:
        config.option.hypothesis_seed = str(SystemRandom().randrange(10**9))


def pytest_report_header(config):
    """Tell how to repeat what is drawn in this run."""
    return _seed_words(config)


def pytest_terminal_summary(terminalreporter, config):
    """Tell it again where failures are read: with -q there is no header."""
    if terminalreporter.stats.get("failed"):
        terminalreporter.write_line(_seed_words(config))


def _seed_words(config):
    return f"what random tests drew is drawn again with --hypothesis-seed={config.option.hypothesis_seed}"


@pytest.fixture(scope="session")
def postgresql():
    """A PostgreSQL server for all tests; whoever stops it starts it again. Nothing is skipped where it can't run."""
    server = PostgresqlServer()
    yield server
    server.remove()


@pytest.fixture
def postgresql_url(postgresql):
    """The URL of an empty database, for the user that owns it."""
    # Emptied rather than made anew: a database that is made or dropped costs a fifth of a second of the disk.
    postgresql.empty()
    return postgresql.url()
