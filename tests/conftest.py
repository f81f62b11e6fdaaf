"""What the tests of all rooms share: how random ones draw, packs that nobody changes, and a PostgreSQL server."""

import gc
import os
import shutil
from pathlib import Path
from random import SystemRandom
from time import monotonic

import pytest
from hypothesis import HealthCheck, settings

from service.audit.log.store import Store
from service.audit.storage.databases import open_database
from service.decision.policy import Policy
from service.pack.loader import load_pack
from tests.closing_line import closing_line
from tests.nursery import Nursery
from tests.postgresql_server import PostgresqlServer

ROOT = Path(__file__).resolve().parents[1]

# No deadline, and no complaint about slow draws: what a machine is busy with says nothing of what is tested. Examples
# are drawn anew in each run, in CI as well, so that the suite goes on looking; what a run drew follows from one seed.
# Each run draws less than half of what Hypothesis would: twice as many runs fit into the same time.
settings.register_profile(
    "suite",
    deadline=None,
    max_examples=40,
    derandomize=False,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
# By hand, where something was changed that random tests are about: --hypothesis-profile=thorough. `thorough.py` tells
# tests of it that try a part of many cases.
settings.register_profile("thorough", settings.get_profile("suite"), max_examples=5000)
settings.load_profile("suite")


def pytest_addoption(parser):
    """Let continuous integration insist that every test runs."""
    parser.addoption("--nothing-skipped", action="store_true", help="fail when any test is skipped, for any reason")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session):
    """Fail a run that had to be whole and was not."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if session.config.option.nothing_skipped and reporter is not None and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config):
    """Say at the very end what ran; workers have no terminal to say it on."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and reporter.verbosity >= -1 and _BEGAN in config.stash:
        reporter.write_line(closing_line(reporter.stats, monotonic() - config.stash[_BEGAN]))


_BEGAN = pytest.StashKey[float]()


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config):
    """Draw a seed unless one is given, before Hypothesis asks for it; workers get the one of the run."""
    config.stash[_BEGAN] = monotonic()
    gc.disable()  # until all tests are collected
    if config.option.hypothesis_seed is None:
        config.option.hypothesis_seed = str(SystemRandom().randrange(10**9))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers():
    """Run one worker more than there are processors: tests of servers and logs wait for disks, ports and each other."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_finish():
    """Let the garbage collector come seldom, and pass over thousands of tests, which stay: it took a tenth of all."""
    gc.freeze()
    gc.enable()
    gc.set_threshold(20_000, 50, 50)


def pytest_collection_modifyitems(items):
    """Begin with those that take as long as hundreds of others: else a worker could be left alone with one."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


def pytest_report_header(config):
    """Tell how to repeat what is drawn in this run."""
    return _seed_words(config)


def pytest_terminal_summary(terminalreporter, config):
    """Tell it again where failures are read: with -q there is no header."""
    if terminalreporter.stats.get("failed") or terminalreporter.stats.get("error"):
        terminalreporter.write_line(_seed_words(config))


def _seed_words(config):
    return f"what random tests drew is drawn again with --hypothesis-seed={config.option.hypothesis_seed}"


@pytest.fixture(scope="session")
def library_loans():
    """Rules for library loans, with every construct of the language: nobody's support policy."""
    return load_pack(ROOT / "tests" / "fixtures" / "packs" / "library-loans")


@pytest.fixture(scope="session")
def late_returns_pack():
    """Rules about late returns to a library, small: two decisions, a note, an interpretation."""
    return load_pack(ROOT / "tests" / "cli" / "packs" / "late-returns")


@pytest.fixture(scope="session")
def support():
    """The shipped Code42 enterprise support policy."""
    return load_pack(ROOT / "rules" / "code42-enterprise-support")


@pytest.fixture(scope="session")
def support_policy(support):
    """The same, ready to decide."""
    return Policy(support)


@pytest.fixture(scope="session")
def nursery():
    """Where processes of Clausewise begin that need not import it first."""
    nursery = Nursery()
    yield nursery
    nursery.remove()


@pytest.fixture(scope="session")
def postgresql():
    """A PostgreSQL server for all tests; whoever stops it starts it again. Nothing is skipped where it can't run."""
    server = PostgresqlServer()
    yield server
    server.remove()


@pytest.fixture
def postgresql_url(postgresql):
    """The URL of an empty database, for the user that owns it."""
    postgresql.empty()
    return postgresql.url()


# To make the tables costs ten times as much as to copy them. How they are made has tests of its own, which don't copy.


@pytest.fixture(scope="session")
def empty_log(tmp_path_factory):
    """A SQLite log without entries and without a key, closed; tests get copies of it."""
    path = tmp_path_factory.mktemp("prepared") / "audit.db"
    store = Store(open_database(str(path)))
    store.prepare()
    store.close()
    assert list(path.parent.iterdir()) == [path]
    return path


@pytest.fixture
def empty_log_at(empty_log):
    """Return what copies that log to a path; returns the path."""
    return lambda path: shutil.copy(empty_log, path)


@pytest.fixture(scope="session")
def empty_tables(postgresql):
    """A log without entries in PostgreSQL, dumped."""
    postgresql.empty()
    store = Store(open_database(postgresql.url()))
    store.prepare()
    store.close()
    return postgresql.dump()


@pytest.fixture
def empty_postgresql_log(empty_tables, postgresql):
    """The URL of a log without entries on the server, for the user that owns it."""
    postgresql.restore(empty_tables)
    return postgresql.url()
