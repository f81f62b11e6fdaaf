"""The PostgreSQL database: what is set whatever its defaults are, what is refused at the start, and outages."""

import os
import re
import signal
import socket
import subprocess
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from threading import Event, Thread

import psycopg
import pytest
from sqlalchemy.exc import DBAPIError

from service.audit.storage.unavailable import StoreUnavailable
from tests.postgresql_server import DATABASE, OWNER, PASSWORD

NOBODY = "019a0000-0000-7000-8000-000000000000"

PAGE = Path(__file__).resolve().parents[2] / "docs" / "operations.md"


@pytest.mark.parametrize(
    ("default", "set_"), [("off", "on"), ("local", "on"), ("on", "on"), ("remote_apply", "remote_apply")]
)
def test_each_commit_is_on_the_disk_before_it_is_acknowledged(postgresql, postgresql_store, default, set_):
    """A default that acknowledges before would lose decisions that were answered; one that waits for more is kept."""
    postgresql.execute(f"ALTER DATABASE {DATABASE} SET synchronous_commit = {default}")
    postgresql.cut_connections()

    with postgresql_store.database.writing() as connection:
        assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == set_


def test_a_reader_sees_one_state_and_can_not_write(postgresql_store, pack, new_entry):
    """A proof is made from several statements, of one tree."""
    count = "SELECT count(*) FROM entries"
    with postgresql_store.database.reading() as connection:
        before = connection.exec_driver_sql(count).scalar()
        postgresql_store.append(new_entry(), pack)
        assert connection.exec_driver_sql(count).scalar() == before == 0

    with pytest.raises(StoreUnavailable, match="read-only"), postgresql_store.database.reading() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = version_num")


def test_a_writer_sees_what_was_written_while_it_waited(
    empty_postgresql_log, postgresql_store, open_store, pack, new_entry
):
    """Its number comes after theirs."""
    with postgresql_store.database.writing() as connection:
        late = Thread(target=lambda: open_store(empty_postgresql_log, patience=30).append(new_entry(), pack))
        late.start()
        waits = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        while connection.exec_driver_sql(waits).scalar() == 0:
            Event().wait(0.001)
        connection.exec_driver_sql("CREATE TABLE written_before (x int)")
    late.join()

    assert postgresql_store.append(new_entry(), pack).sequence == 2


def test_a_statement_that_failed_is_not_passed_over(postgresql_store):
    """PostgreSQL then keeps nothing, and says so only in the tag of its answer."""

    def write():
        with postgresql_store.database.writing() as connection:
            connection.exec_driver_sql("CREATE TABLE kept (x int)")
            with suppress(DBAPIError):
                connection.exec_driver_sql("SELECT nothing")

    with pytest.raises(RuntimeError, match="passed over"):
        write()


def test_limits_of_the_server_do_not_end_a_commit_half_way(postgresql, postgresql_store):
    """One that is cancelled while it waits for a standby is reported as done (PostgreSQL, synchronous_commit)."""
    postgresql.execute(f"ALTER DATABASE {DATABASE} SET statement_timeout = '1h'")
    postgresql.cut_connections()

    with postgresql_store.database.writing() as connection:
        assert connection.exec_driver_sql("SHOW statement_timeout").scalar() == "0"


def test_a_database_that_is_read_only_for_a_while_needs_no_hands(postgresql, postgresql_store, pack, new_entry):
    """A session keeps the default that it began with."""
    setting = f"ALTER DATABASE {DATABASE} SET default_transaction_read_only = "
    postgresql_store.append(new_entry(), pack)
    postgresql.execute(f"{setting}on")
    postgresql.cut_connections()
    for call in (lambda: postgresql_store.append(new_entry(), pack), postgresql_store.check):
        with pytest.raises(StoreUnavailable, match="read-only"):
            call()
    with postgresql_store.database.reading(), pytest.raises(StoreUnavailable, match="read-only"):
        postgresql_store.check()
    # Who reads meanwhile leaves such sessions in the pool: two of them, of which a writer gets one.
    with postgresql_store.database.reading(), postgresql_store.database.reading():
        pass
    postgresql.execute(f"{setting}off")

    assert postgresql_store.append(new_entry(), pack).sequence == 2
    postgresql_store.check()
    assert postgresql_store.append(new_entry(), pack).sequence == 3


@pytest.mark.parametrize("code", ["57P01", "57P02", "57P05", "25P03"])
def test_a_connection_that_the_server_says_it_ends_is_not_used_again(postgresql_store, code):
    """Its word can come before the end of the connection does, which is then still open here."""
    engine = postgresql_store.database.engine
    with engine.connect() as connection:
        process = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
        with pytest.raises(DBAPIError) as failure:
            connection.exec_driver_sql(f"DO $$ BEGIN RAISE EXCEPTION 'ends' USING ERRCODE = '{code}'; END $$")
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT pg_backend_pid()").scalar() != process
    assert failure.value.connection_invalidated


def test_a_session_that_turned_read_only_fails_once(postgresql_store, pack, new_entry):
    """As when its server has become a standby: another server, or the same one later, may take the next."""
    with postgresql_store.database.engine.connect() as connection:
        connection.exec_driver_sql("SET default_transaction_read_only = on")
    with pytest.raises(StoreUnavailable, match="read-only"):
        postgresql_store.append(new_entry(), pack)

    assert postgresql_store.append(new_entry(), pack).sequence == 1


def test_who_falls_silent_while_it_writes_loses_its_turn(postgresql_store):
    """A machine that has lost its power says nothing; the others must not wait for it for hours."""
    asked = (
        "SELECT current_setting('idle_in_transaction_session_timeout'), current_setting('tcp_keepalives_idle'), "
        "current_setting('tcp_user_timeout')"
    )
    with postgresql_store.database.writing() as connection:
        assert connection.exec_driver_sql(asked).one() == ("30s", "5", "5000")
    with postgresql_store.database.reading() as connection:
        assert connection.exec_driver_sql(asked).scalar() == "0"  # one who reads slowly is in nobody's way


def test_a_database_of_another_program_is_not_touched(postgresql, postgresql_url, open_store):
    """A slip in the URL must not put our tables into it."""
    postgresql.execute("CREATE TABLE bookmarks (address text)", DATABASE)

    with pytest.raises(StoreUnavailable, match="belongs to another program"):
        open_store(postgresql_url).prepare()
    assert postgresql.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'", DATABASE) == [
        ("bookmarks",)
    ]


def test_a_schema_of_its_own_beside_another_program_is_fine(postgresql, postgresql_url, open_store, pack, new_entry):
    """What counts is where the user's tables are made."""
    postgresql.execute("CREATE TABLE bookmarks (address text)", DATABASE)
    postgresql.execute("CREATE SCHEMA audit AUTHORIZATION clausewise", DATABASE)
    try:
        store = open_store(f"{postgresql_url}?options=-csearch_path%3Daudit")
        store.prepare()
        assert store.append(new_entry(), pack).sequence == 1
    finally:
        postgresql.execute("DROP SCHEMA audit CASCADE", DATABASE)


def test_a_user_without_a_schema_or_a_right_is_told_so(postgresql, postgresql_url, open_store):
    """Since PostgreSQL 15 not everybody may make tables."""
    with pytest.raises(StoreUnavailable, match="no schema that its user may use"):
        open_store(f"{postgresql_url}?options=-csearch_path%3Dnowhere").prepare()

    postgresql.execute("ALTER SCHEMA public OWNER TO postgres", DATABASE)
    with pytest.raises(StoreUnavailable, match="lacks a right"):
        open_store(postgresql_url).prepare()


def test_a_database_of_another_encoding_is_refused(postgresql, open_store):
    """What a policy says could not be kept in it."""
    postgresql.execute("CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")
    try:
        with pytest.raises(StoreUnavailable, match="has the encoding LATIN1, and must have UTF8"):
            open_store(postgresql.url("latin")).prepare()
    finally:
        postgresql.execute("DROP DATABASE latin WITH (FORCE)")


@contextmanager
def restarted(server, **settings):
    """Run the server with other settings for a while."""
    server.stop()
    server.start(**settings)
    yield
    server.stop()
    server.start()


def test_a_server_that_does_not_wait_for_its_disk_is_refused(postgresql, postgresql_url, open_store):
    """It is set so for tests, and then forgotten."""
    with (
        restarted(postgresql, fsync="off"),
        pytest.raises(StoreUnavailable, match="runs with fsync off: a loss of power"),
    ):
        open_store(postgresql_url).prepare()


def test_what_is_removed_leaves_no_trace_in_the_table(postgresql, postgresql_store):
    """A key that was forgotten makes room for the next one."""
    with postgresql_store.database.writing() as connection:
        connection.exec_driver_sql("CREATE TABLE gone AS SELECT generate_series(1, 1000) AS x")
        connection.exec_driver_sql("DELETE FROM gone")
    assert postgresql_store.database.forget("gone")
    assert postgresql.execute("SELECT pg_relation_size('gone')", DATABASE) == [(0,)]


@pytest.fixture
def lesser_url(postgresql, postgresql_store):
    """The URL of the log for a user that has the rights on the operations page, and owns nothing."""
    (granted,) = re.findall(r"^```sql\n(GRANT.*?)```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    postgresql.execute("CREATE ROLE clausewise_service LOGIN PASSWORD 'lesser'")
    postgresql.execute(granted, DATABASE)
    yield postgresql.url(login="clausewise_service:lesser")
    postgresql.cut_connections()
    postgresql.execute("DROP OWNED BY clausewise_service", DATABASE)
    postgresql.execute("DROP ROLE clausewise_service")


def test_a_user_that_owns_nothing_can_serve_and_take_no_trigger_away(lesser_url, open_store, pack, new_entry):
    """Who breaks into the service then still can't change the log behind it."""
    store = open_store(lesser_url)
    store.prepare()
    store.check()
    assert [store.append(new_entry(), pack).sequence for _ in range(300)][-1] == 300

    for deed in ("DROP TRIGGER entries_keep ON entries", "TRUNCATE entries CASCADE", "DELETE FROM entries"):
        with pytest.raises(StoreUnavailable, match="lacks a right"), store.database.writing() as connection:
            connection.exec_driver_sql(deed)


def test_a_connection_that_has_gone_silent_is_given_up(postgresql_store):
    """Neither end would learn from a network that is cut that the other is gone (tcp(7))."""
    with postgresql_store.database.reading() as connection:
        shared = os.dup(connection.connection.dbapi_connection.fileno())
    with socket.socket(fileno=shared) as ours:
        assert ours.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        assert ours.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 5
        assert ours.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 5000


def test_a_backup_can_be_restored_into_another_database(
    postgresql, postgresql_store, open_store, pack, new_entry, tmp_path
):
    """As the operations page has it; the triggers come after the rows, and keep them from then on."""
    kept = [postgresql_store.append(new_entry(), pack) for _ in range(3)]
    dump = tmp_path / "audit.dump"
    _run(postgresql, "pg_dump", "--format", "custom", "--file", dump, DATABASE)
    postgresql_store.append(new_entry(), pack)

    postgresql.empty()
    restore = ("--dbname", DATABASE, "--no-owner", "--exit-on-error", "--single-transaction", dump)
    _run(postgresql, "pg_restore", *restore)
    store = open_store(postgresql.url())
    store.prepare()
    assert [store.entry(each.entry.id).document for each in kept] == [each.document for each in kept]
    assert store.append(new_entry(), pack).sequence == 4
    with pytest.raises(psycopg.IntegrityError):
        postgresql.execute("DELETE FROM entries", DATABASE)


def _run(server, program, *arguments):
    """Run a program of PostgreSQL's as the user of the service."""
    found = {"PGHOST": "127.0.0.1", "PGPORT": str(server.port), "PGUSER": OWNER, "PGPASSWORD": PASSWORD}
    subprocess.run([server.programs / program, *arguments], env=found, check=True)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT], ids=["stopped", "crashed"])
def test_a_server_that_is_gone_is_an_outage_until_it_is_back(postgresql, postgresql_store, pack, new_entry, how):
    """Nothing has to be started anew: the first call succeeds, and what was acknowledged is there."""
    store = postgresql_store
    kept = store.append(new_entry(), pack)
    postgresql.stop(how)
    try:
        for call in (lambda: store.append(new_entry(), pack), lambda: store.entry(kept.entry.id), store.check):
            # As the operations page has it: how the end of a server shows is the network's affair.
            with pytest.raises(StoreUnavailable, match=r"server (can't be reached|has cut the connection)"):
                call()
    finally:
        postgresql.start()

    assert store.append(new_entry(), pack).sequence == 2
    assert store.entry(kept.entry.id).document == kept.document


def test_connections_that_are_cut_while_nobody_uses_them_are_not_noticed(postgresql, postgresql_store, pack, new_entry):
    """A firewall does so at night, an administrator by day."""
    store = postgresql_store
    kept = store.append(new_entry(), pack)
    for _ in range(5):
        postgresql.cut_connections()
        assert store.entry(kept.entry.id).sequence == 1
        postgresql.cut_connections()
        store.check()

    assert store.append(new_entry(), pack).sequence == 2


@pytest.mark.parametrize("then", ["SELECT 1", None], ids=["in the midst of writing", "before the commit"])
def test_a_connection_that_is_cut_while_it_is_used_has_kept_nothing(
    postgresql, postgresql_store, pack, new_entry, then
):
    """The call is not begun again by itself: who asked can tell whether it should."""

    def write():
        with postgresql_store.database.writing() as connection:
            connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'gone'")
            postgresql.cut_connections()
            if then is not None:
                connection.exec_driver_sql(then)

    with pytest.raises(StoreUnavailable, match="has cut the connection"):
        write()

    postgresql_store.prepare()
    assert postgresql_store.append(new_entry(), pack).sequence == 1


def test_a_read_only_database_is_an_outage_for_writing_alone(postgresql, postgresql_store, pack, new_entry):
    """So is a standby that was not promoted. Old decisions can still be looked up."""
    store = postgresql_store
    kept = store.append(new_entry(), pack)
    postgresql.execute(f"ALTER DATABASE {DATABASE} SET default_transaction_read_only = on")
    postgresql.cut_connections()
    for call in (lambda: store.append(new_entry(), pack), store.check):
        with pytest.raises(StoreUnavailable, match="read-only"):
            call()
    assert store.entry(kept.entry.id).sequence == 1

    postgresql.execute(f"ALTER DATABASE {DATABASE} RESET ALL")
    postgresql.cut_connections()
    assert store.append(new_entry(), pack).sequence == 2


@contextmanager
def failing(server, code):
    """Have the server fail with a code of its own when an entry is added, after the pack was."""
    server.execute(
        "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"RAISE EXCEPTION 'could not extend \"secret/16384\"' USING ERRCODE = '{code}'; END $$; "
        "CREATE TRIGGER aaa_fail BEFORE INSERT ON entries FOR EACH ROW EXECUTE FUNCTION fail()",
        DATABASE,
    )
    yield
    server.execute("DROP FUNCTION fail CASCADE", DATABASE)


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("53100", "the disk is full"),
        ("53200", "the database server has no memory left"),
        ("53400", "the database server has reached a limit"),
        ("58030", "the disk refuses to read or write"),
        ("57014", "the database server has cancelled a call"),
        ("40001", "the database gave up a transaction in favour of another"),
        ("XX000", "the database gives an error"),
        ("XX001", "the database is damaged"),
    ],
)
def test_what_fails_in_the_server_is_an_outage_that_leaves_nothing_half_written(
    postgresql, postgresql_store, pack, new_entry, code, says
):
    """Pack and entry are one transaction; when the cause is gone, both are kept. The server's own words stay inside."""
    with failing(postgresql, code), pytest.raises(StoreUnavailable) as failed:
        postgresql_store.append(new_entry(), pack)
    assert str(failed.value) == f"The audit log can't be used: {says}."
    assert postgresql.execute("SELECT (SELECT count(*) FROM packs), (SELECT size FROM tree)", DATABASE) == [(0, 0)]

    assert postgresql_store.append(new_entry(), pack).sequence == 1
    assert postgresql.execute("SELECT count(*) FROM pack_files", DATABASE) == [(len(pack.files),)]


def test_what_trying_again_does_not_mend_is_no_outage(postgresql, postgresql_store, pack, new_entry):
    """Something too long for an index, or a function that does not exist, is a defect of ours."""
    for code in ("54000", "42883", "22P05"):
        with failing(postgresql, code), pytest.raises(DBAPIError):
            postgresql_store.append(new_entry(), pack)


def test_tables_that_somebody_keeps_locked_are_an_outage_until_they_are_free(
    postgresql, empty_postgresql_log, postgresql_store, open_store, pack, new_entry
):
    """A tool that was left open over lunch."""
    hasty = open_store(empty_postgresql_log, patience=0.1)
    with postgresql.connect(DATABASE) as other, other.transaction():
        other.execute("LOCK TABLE entries")
        with pytest.raises(StoreUnavailable, match="another process keeps the database locked"):
            hasty.append(new_entry(), pack)

    assert postgresql_store.append(new_entry(), pack).sequence == 1


def test_a_database_without_the_tables_is_an_outage_while_the_service_runs(
    postgresql, postgresql_store, pack, new_entry
):
    """A backup is being restored, or another database has got its name: the log is not begun anew behind one's back."""
    postgresql_store.append(new_entry(), pack)
    postgresql.empty()
    store = postgresql_store
    for call in (lambda: store.append(new_entry(), pack), lambda: store.entry(NOBODY), store.check):
        with pytest.raises(StoreUnavailable, match="tables of the audit log are missing"):
            call()


@pytest.mark.parametrize("limit", ["of the server", "of the database"])
def test_a_server_with_too_many_connections_is_an_outage(postgresql, postgresql_url, open_store, limit):
    """Others have taken them all."""
    with ExitStack() as others:
        if limit == "of the database":
            postgresql.execute(f"ALTER DATABASE {DATABASE} CONNECTION LIMIT 0")
            others.callback(postgresql.execute, f"ALTER DATABASE {DATABASE} CONNECTION LIMIT -1")
        else:
            with suppress(psycopg.OperationalError):
                while True:
                    others.enter_context(psycopg.connect(postgresql.url("postgres")))
        store = open_store(postgresql_url)
        with pytest.raises(StoreUnavailable, match="the database server has no connection left"):
            store.prepare()

    store.prepare()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("p%40ss", "passw0rd"), "does not let this user in"),
        ((":p%40ss%2Fword", ""), "does not let this user in"),
        (("clausewise:", "clausewize:"), "does not let this user in"),
        (("/log", "/logs"), "has no database of that name"),
        (("/log", "/log?sslmode=require"), "can't be made secure"),
        (("127.0.0.1", "nowhere.invalid"), "can't be reached"),
        (("/log", "/log?sslrootcert=/nowhere&sslmode=verify-full"), "can't be made secure"),
    ],
)
def test_what_is_wrong_with_the_url_is_told_at_the_start(postgresql_url, open_store, change, says):
    """In words that tell nothing of what the URL says."""
    with pytest.raises(StoreUnavailable, match=says) as refused:
        open_store(postgresql_url.replace(*change)).prepare()

    assert not any(part in str(refused.value) for part in ("ss", "clausew", "127.0.0.1", "nowhere", '"'))


def test_a_server_that_never_answers_is_an_outage_and_not_a_wait_for_ever(open_store):
    """A port behind a firewall that swallows everything."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        with pytest.raises(StoreUnavailable, match="can't be reached"):
            open_store(f"postgresql://me@127.0.0.1:{silent.getsockname()[1]}/log", patience=0.1).prepare()


def test_who_asks_while_every_connection_is_busy_is_told_so(empty_postgresql_log, postgresql_store, open_store):
    """Sixteen of one process read at the same time, for longer than somebody wants to wait."""
    hasty = open_store(empty_postgresql_log, patience=0.1)
    with ExitStack() as readers:
        for _ in range(16):
            readers.enter_context(hasty.database.reading())
        with pytest.raises(StoreUnavailable, match="every connection to the database is busy"):
            hasty.check()

    hasty.check()


def test_to_check_writes_nothing(postgresql_store):
    """Not even what is taken back: the server would number and log it, and clear it away later."""

    def next_transaction():
        with postgresql_store.database.reading() as connection:
            return connection.exec_driver_sql("SELECT pg_snapshot_xmax(pg_current_snapshot())::text").scalar_one()

    before = next_transaction()
    postgresql_store.check()

    assert next_transaction() == before
