"""`/metrics`: what is counted is what has happened, and no label has more values than the packs give it."""

import hashlib
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from time import time
from uuid import UUID

import pytest
from prometheus_client.parser import text_string_to_metric_families

from service.audit.log.entries import Entry
from service.audit.log.notary import Notary
from service.audit.log.store import Append, Store
from service.audit.storage.databases import open_database
from service.web.app import create_app
from service.web.callers import Caller, Callers
from service.web.metric_files import shared_between_workers


def told(client, **headers):
    """Return what the page tells: (name, labels) -> value."""
    answer = client.get("/metrics", headers=headers)
    assert (answer.status_code, answer.mimetype) == (200, "text/plain")
    families = text_string_to_metric_families(answer.get_data(as_text=True))
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
        if not sample.name.endswith("_created")
    }


def value(found, name, **labels):
    """Return one value; 0 where it is not told."""
    return found.get((name, *sorted(labels.items())), 0)


def counted(found, name):
    """Return the sum of all values of a name."""
    return sum(each for (found_name, *_), each in found.items() if found_name == name)


@pytest.fixture(params=["alone", "shared"])
def client(request, desk, store):
    """A caller of a service whose process counts alone, or in files as workers do."""
    if request.param == "alone":
        yield create_app(desk, store).test_client()
        return
    wait_for_counts()
    with shared_between_workers():
        yield create_app(desk, store).test_client()


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    """Let counts wait for each other for but a moment: a test waits for those of the one before."""
    monkeypatch.setattr("service.web.gathered._MOMENT", 0.01)


def wait_for_counts():
    """Wait until what any application of this process has gathered is handed on: to files that are shared by then."""
    for thread in threading.enumerate():
        if thread.name == "clausewise-metrics":
            thread.join()


def test_a_worker_that_has_only_begun_hides_no_count_of_others(desk, store, late_map):
    """Its file is empty until it has made it larger; one that was killed there leaves it so."""
    wait_for_counts()
    with shared_between_workers():
        client = create_app(desk, store).test_client()
        client.post("/v1/decisions", json={"facts": late_map})
        Path(os.environ["PROMETHEUS_MULTIPROC_DIR"], "counter_1.db").touch()
        assert counted(told(client), "clausewise_decisions_total") > 0


def test_decisions_are_counted_by_what_came_out(client, post, late_map):
    """As a search of the log for the same finds them."""
    answers = [post({"facts": late_map}), post({"facts": late_map}), post({"facts": {}}, "/v1/decisions/preview")]
    found = told(client)

    wanted = {}
    for answer in answers:
        for name, decision in answer.get_json()["decisions"].items():
            key = name, decision["status"]
            wanted[key] = wanted.get(key, 0) + 1
    shown = {}
    for name, *labels in found:
        if name == "clausewise_decisions_total":
            key = dict(labels)["decision"], dict(labels)["status"]
            shown[key] = shown.get(key, 0) + found[name, *labels]
    assert shown == wanted


def test_an_outcome_is_told_by_a_member_with_few_values(client, post, late_map):
    """In the form in which a search takes it; instants, texts and amounts would have no bounds."""
    post({"facts": late_map})
    found = told(client)
    outcomes = {
        dict(labels)["decision"]: dict(labels)["outcome"]
        for name, *labels in found
        if name == "clausewise_decisions_total"
    }

    assert any(outcomes.values())
    for decision, outcome in outcomes.items():
        if outcome:
            search = client.get("/v1/decisions", query_string={"decision": decision, "outcome": outcome})
            assert len(search.get_json()["decisions"]) == 1, outcome


def test_rules_that_won_are_counted(client, post, late_map):
    """Once for each decision that they made."""
    documents = [post({"facts": late_map}).get_json() for _ in range(3)]
    rules = {each["rule"] for decision in documents[0]["decisions"].values() for each in decision["because"]}
    found = told(client)

    assert rules
    for rule in rules:
        assert value(found, "clausewise_rules_won_total", policy="library-loans", rule=rule) >= 3


def test_a_repeated_answer_is_not_counted_again(client, post, late_map):
    """Nothing was decided."""
    post({"facts": late_map}, Idempotency_Key="one")
    before = counted(told(client), "clausewise_decisions_total")
    assert post({"facts": late_map}, Idempotency_Key="one").status_code == 200

    assert counted(told(client), "clausewise_decisions_total") == before > 0


def test_refusals_are_counted_by_their_problem(client, post):
    """Whoever refuses: the routes, the body, the facts."""
    client.get("/nowhere")
    client.delete("/v1/policies")
    post(b"{")
    post(b"{")
    post({"facts": {"loan": {"kind": "bok"}}})
    found = told(client)

    problems = ("not-found", "method-not-allowed", "malformed-json", "invalid-facts")
    counts = [value(found, "clausewise_refusals_total", problem=each) for each in problems]
    assert counts == [1, 1, 2, 1]
    assert counted(found, "clausewise_refusals_total") == 5


def test_lines_of_a_batch_that_are_refused_are_counted(client):
    """As the same bodies are that come alone."""
    lines = b'{"facts": {}}\n{\n{"facts": {"loan": {"kind": "bok"}}}\n{\n'
    client.post("/v1/decisions/batch", data=lines, headers={"Content-Type": "application/x-ndjson"})
    found = told(client)

    counts = [value(found, "clausewise_refusals_total", problem=each) for each in ("malformed-json", "invalid-facts")]
    assert counts == [2, 1]
    assert counted(found, "clausewise_refusals_total") == 3


def test_stages_are_timed(client, post, late_map):
    """Of a call that decides the wait, deciding, the commit and the whole; of others none."""
    post({"facts": late_map})
    post({"facts": late_map}, "/v1/decisions/preview")
    client.get("/v1/policies")
    found = told(client)

    counts = {
        stage: value(found, "clausewise_stage_seconds_count", stage=stage)
        for stage in ("wait", "decide", "commit", "answer")
    }
    assert counts == {"wait": 2, "decide": 2, "commit": 1, "answer": 2}
    sums = {stage: value(found, "clausewise_stage_seconds_sum", stage=stage) for stage in counts}
    assert sums["answer"] > sums["decide"] + sums["commit"] > 0


def test_the_sizes_of_commits_are_counted(client, store, post, late_map):
    """Ten entries that were kept together are one commit of ten."""
    post({"facts": late_map})
    store.append_all(
        [Append(Entry(f"00000000-0000-7000-8000-{number:012}", b"{}"), None, None) for number in range(10)]
    )
    found = told(client)

    assert value(found, "clausewise_batch_entries_count") == 2
    assert value(found, "clausewise_batch_entries_sum") == 11
    assert value(found, "clausewise_batch_entries_bucket", le="1.0") == 1


def test_the_log_tells_its_size_and_what_lags_behind(desk, store, tmp_path, late_map):
    """Entries, those not indexed, those no checkpoint covers, and since when."""
    signed = Store(store.database, Notary(tmp_path / "audit.key", "example.com/loans"))
    signed.prepare()
    client = create_app(desk, signed).test_client()
    assert value(told(client), "clausewise_checkpoint_age_seconds") == 0

    id_ = client.post("/v1/decisions", json={"facts": late_map}).get_json()["id"]
    client.post("/v1/decisions", json={"facts": late_map})
    found = told(client)
    assert value(found, "clausewise_log_readable") == 1
    assert value(found, "clausewise_log_entries") == 2
    assert value(found, "clausewise_index_lag_entries") == 2
    assert value(found, "clausewise_checkpoint_entries") == 0
    made = (UUID(id_).int >> 80) / 1000
    assert 0 <= value(found, "clausewise_checkpoint_age_seconds") <= time() - made

    client.get("/v1/checkpoint")
    found = told(client)
    assert value(found, "clausewise_checkpoint_entries") == 2
    assert value(found, "clausewise_checkpoint_age_seconds") == 0


def test_a_log_that_cannot_be_read_is_told_and_the_rest_goes_on(client, store, post):
    """Metrics are looked at when something is wrong."""
    post({"facts": {}}, "/v1/decisions/preview")
    store.database.path.unlink()
    found = told(client)

    assert value(found, "clausewise_log_readable") == 0
    assert counted(found, "clausewise_decisions_total") > 0
    assert "clausewise_log_entries" not in {name for name, *_ in found}


def test_a_service_without_a_log_tells_none(desk):
    """It only previews."""
    found = told(create_app(desk, None).test_client())

    assert {name for name, *_ in found if "log" in name} == set()


def test_open_metrics_are_given_where_they_are_asked_for(client):
    """As Prometheus asks."""
    answer = client.get("/metrics", headers={"Accept": "application/openmetrics-text;version=1.0.0;q=0.5"})

    assert answer.mimetype == "application/openmetrics-text"
    assert answer.data.endswith(b"# EOF\n")


def test_metrics_are_for_known_callers(desk, store):
    """How many cases a policy refuses is nobody's business; no right is needed, so a scraper can read no case."""
    token = "a" * 43
    callers = Callers({hashlib.sha256(token.encode()).hexdigest(): Caller("prometheus", frozenset())})
    client = create_app(desk, store, callers=callers).test_client()

    assert client.get("/metrics").status_code == 401
    assert told(client, Authorization=f"Bearer {token}")


def test_threads_lose_no_count(client, post, late_map):
    """Each is counted once, however many count at the same time."""
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: post({"facts": late_map}, "/v1/decisions/preview"), range(64)))

    assert value(told(client), "clausewise_stage_seconds_count", stage="decide") == 64


def test_labels_are_those_of_packs_however_many_cases_come(client, post, pack):
    """A caller who makes up cases must not make up series."""
    for number in range(40):
        facts = {"loan": {"kind": "map", "days_late": number, "pages": number}, "member": {"name": f"M{number}"}}
        post({"facts": facts}, "/v1/decisions/preview")
    found = told(client)
    series = [dict(labels) for name, *labels in found if name == "clausewise_decisions_total"]

    few = {(each["decision"], each["status"], each["outcome"]) for each in series}
    assert len(few) == len(series) <= 4 * 17 * len(pack.decisions)
    assert not any("M" in each["outcome"] for each in series)


def test_another_process_opens_the_log_for_itself(desk, store, late_map):
    """Numbers of the log are read from it: what others have appended is in them."""
    client = create_app(desk, store).test_client()
    with closing(Store(open_database(str(store.database.path)))) as other:
        create_app(desk, other).test_client().post("/v1/decisions", json={"facts": late_map})

    assert value(told(client), "clausewise_log_entries") == 1
