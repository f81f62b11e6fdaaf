"""Old cases put to another pack: what became of each decision, counted by decision, rule and clause."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from service.audit.log.entries import write_entry
from service.audit.log.erasure import erase
from service.audit.log.stamps import Stamp
from service.audit.replaying.old_cases import old_entries
from service.audit.replaying.other_pack import OtherPack
from service.audit.storage.unavailable import EntryDamaged
from service.decision.desk import Desk
from service.decision.policy import Policy
from service.decision.requests import read_request
from service.pack.loader import load_pack

ROOT = Path(__file__).resolve().parents[2]
CODE42 = ROOT / "rules" / "code42-enterprise-support"
LATE_RETURNS = ROOT / "tests" / "cli" / "packs" / "late-returns"

IN_TIME = {"loan": {"kind": "book", "days_late": 0}}
LATE = {"loan": {"kind": "book", "days_late": 1}}
LATER = {"loan": {"kind": "map", "days_late": 5}}
RESERVED = {"loan": {"kind": "map", "days_late": 1, "reserved": True}}
UNKNOWN = {"loan": {"kind": "map"}}

LATE_RULE = "  - rule: fine.late\n    says: The item came back late.\n    cites: fines\n"
RESERVED_RULE = """  - rule: fine.reserved
    says: Someone else waits for the item.
    cites: fines
    interpretation: reserved-outranks-days
    when: {loan.reserved: true, loan.days_late: {at_least: 1}}
    then: {level: high, amount: 10}

"""


@pytest.fixture
def keep(sqlite_store):
    """Decide facts by a pack and keep the answer; returns what was kept."""

    def kept(facts, decisions=None, folder=LATE_RETURNS, **more):
        pack = load_pack(folder)
        body = {"facts": facts, **more} if decisions is None else {"facts": facts, "decisions": decisions, **more}
        return sqlite_store.append(write_entry(Desk([pack]).decide(read_request(body)), Stamp()), pack)

    return kept


@pytest.fixture
def edited(tmp_path):
    """Make a copy of the pack with passages of its files replaced; returns its folder."""

    def edit(*changes):
        folder = tmp_path / "edited"
        shutil.copytree(LATE_RETURNS, folder)
        shutil.rmtree(folder / "cases")
        for file, old, new in changes:
            text = (folder / file).read_text()
            assert old in text
            (folder / file).write_text(text.replace(old, new))
        return folder

    return edit


@pytest.fixture
def reported(sqlite_store):
    """Put all entries of the log to the pack of a folder, and return the report."""

    def report(folder, samples=3):
        other = OtherPack(sqlite_store, Policy(load_pack(folder)), samples)
        for kept in old_entries(sqlite_store, 0, None):
            other.add(kept)
        return other.report

    return report


def counts(tally):
    """Return how often each thing came."""
    return {thing: count for thing, count, _ in tally}


def test_the_pack_that_decided_says_the_same(keep, reported):
    """Nothing is counted but that."""
    for facts in (IN_TIME, LATE, RESERVED, UNKNOWN):
        keep(facts)
    report = reported(LATE_RETURNS)

    assert counts(report.decisions) == {("fine", "same"): 4, ("reminder", "same"): 4}
    assert dict(report.entries) == {"compared": 4}
    assert not any((report.rules, report.no_longer, report.newly, report.only_before, report.only_now, report.refused))


@pytest.mark.parametrize("day", ["2010-06-01", "2030-06-01"])
def test_dates_are_judged_as_of_the_entry_s_own_day(keep, reported, day):
    """Not as of the fact that the pack names, nor of today."""
    facts = {
        "product": {"software": {"terminated_on": "2020-06-01"}},
        "request": {"reported_at": "2020-06-01T12:00:00Z"},
    }
    keep(facts, ["software_lifecycle"], CODE42, as_of=f"{day}T12:00:00Z")

    assert counts(reported(CODE42).decisions) == {("software_lifecycle", "same"): 1}


def test_other_needs_alone_are_other_reasons(keep, edited, reported):
    """The answer is as unknown as before, but another fact would settle it."""
    keep({}, ["reminder"])
    folder = edited(("decisions/fine.yaml", "when: {loan.days_late: 0}", "when: {loan.days_late: 0, loan.kind: book}"))
    report = reported(folder)

    assert counts(report.decisions) == {("reminder", "reasons"): 1}
    assert not report.rules


def test_another_outcome_of_the_same_rule_is_counted_by_that_rule(keep, edited, reported):
    """With the first entries as samples, as many as are asked for."""
    for facts in (IN_TIME, LATE, LATER, LATER, RESERVED):
        keep(facts)
    late = keep(LATE, ["fine"]).entry.id
    report = reported(edited(("decisions/fine.yaml", "{level: low, amount: 2}", "{level: low, amount: 3}")), 1)

    assert counts(report.decisions) == {("fine", "same"): 2, ("fine", "outcome"): 4, ("reminder", "same"): 5}
    assert counts(report.rules) == {("fine", ("fine.late",), ("fine.late",)): 4}
    assert not report.no_longer
    ((_, _, samples),) = report.rules
    assert len(samples) == 1
    assert samples != [late]


def test_a_rule_that_is_gone_is_counted_with_the_rule_that_holds_instead(keep, edited, reported):
    """So are the clauses that are newly cited."""
    for facts in (IN_TIME, LATE, RESERVED, RESERVED, UNKNOWN):
        keep(facts)
    folder = edited(
        ("decisions/fine.yaml", RESERVED_RULE, ""),
        ("decisions/fine.yaml", LATE_RULE, LATE_RULE.replace("fines", "[fines, late]")),
        ("decisions/fine.yaml", "when: {fine.level: high}", "when: {fine.level: low}"),
        (
            "clauses.yaml",
            "clauses:\n",
            "clauses:\n  - {clause: late, heading: Late, place: end, text: Late is late.}\n",
        ),
    )
    (folder / "interpretations.yaml").unlink()
    report = reported(folder)

    assert counts(report.decisions) == {
        ("fine", "same"): 2,  # in time, and unknown
        ("fine", "reasons"): 1,  # late: a clause more, and the note
        ("fine", "outcome"): 2,  # reserved
        ("reminder", "same"): 5,
    }
    assert counts(report.rules) == {("fine", ("fine.reserved",), ("fine.late",)): 2}
    assert counts(report.newly) == {"late": 3}
    assert counts(report.no_longer) == {}


def test_another_status_is_counted_as_such(keep, edited, reported):
    """With the clauses that are no longer cited."""
    for facts in (IN_TIME, LATE, LATER, RESERVED):
        keep(facts, ["reminder"])
    folder = edited(
        (
            "decisions/reminder.yaml",
            "cites: reminders\n  when: {fine.level: {not: none}}",
            "cites: fines\n  when: {fine.level: high}",
        )
    )
    report = reported(folder)

    assert counts(report.decisions) == {
        ("reminder", "reasons"): 1,  # in time: it does not apply, by another clause
        ("reminder", "status"): 2,
        ("reminder", "same"): 1,
    }
    assert counts(report.rules) == {
        ("reminder", ("reminder.ways(book)",), ("reminder.applies",)): 1,
        ("reminder", ("reminder.ways(map)",), ("reminder.applies",)): 1,
    }
    assert (counts(report.no_longer), counts(report.newly)) == ({"reminders": 3}, {"fines": 3})


def test_other_words_are_told_apart_from_other_reasons(keep, edited, reported):
    """A sentence was mended: no rule, clause or outcome has changed."""
    for facts in (IN_TIME, LATE):
        keep(facts, ["fine"])
    report = reported(edited(("decisions/fine.yaml", "The item came back late.", "The item was late.")))

    assert counts(report.decisions) == {("fine", "same"): 1, ("fine", "wording"): 1}
    assert not report.rules


def test_decisions_of_one_pack_alone_are_listed(keep, edited, reported):
    """An entry that did not ask for a decision does not lack it."""
    keep(LATE)
    keep(LATE, ["fine"])
    folder = edited(("pack.yaml", "decisions: [fine, reminder]", "decisions: [fine, notice]"))
    text = (folder / "decisions" / "reminder.yaml").read_text()
    (folder / "decisions" / "notice.yaml").write_text(
        text.replace("reminder", "notice").replace("notices", "reminders")
    )
    (folder / "decisions" / "reminder.yaml").unlink()
    report = reported(folder)

    assert counts(report.decisions) == {("fine", "same"): 2}
    assert counts(report.only_before) == {"reminder": 1}
    assert counts(report.only_now) == {"notice": 2}


def test_facts_that_the_other_schema_refuses_are_counted_by_problem(keep, edited, reported):
    """An entry with two of them is one that is refused."""
    keep(LATE)
    keep(LATER)
    keep(LATER)
    folder = edited(
        ("facts.schema.json", '"maximum": 3650', '"maximum": 3'),
        ("facts.schema.json", '"enum": ["book", "map"]', '"enum": ["book", "film"]'),
        ("decisions/reminder.yaml", "[map, ", "[film, "),
    )
    report = reported(folder)

    assert dict(report.entries) == {"compared": 1, "refused": 2}
    assert counts(report.refused) == {
        ("not_allowed", "/facts/loan/kind"): 2,
        ("out_of_range", "/facts/loan/days_late"): 2,
    }
    assert counts(report.decisions) == {("fine", "same"): 1, ("reminder", "same"): 1}


def test_entries_of_other_policies_are_left_out(keep, reported):
    """Their cases are none of this pack's."""
    keep(LATE)
    keep({}, folder=ROOT / "tests" / "fixtures" / "packs" / "library-loans")
    report = reported(LATE_RETURNS)

    assert dict(report.entries) == {"compared": 1, "other_policy": 1}
    assert counts(report.policies) == {"library-loans": 1}


def test_what_rests_on_erased_facts_is_not_comparable(keep, sqlite_store, reported):
    """By what the other pack reads: that one has to decide."""
    folder = ROOT / "tests" / "fixtures" / "packs" / "library-loans"
    kept = keep({"member": {"name": "Zoe", "standing": "good"}}, ["membership", "fine"], folder)
    erase(sqlite_store, kept, "asked for", None)
    report = reported(folder)

    assert counts(report.decisions) == {("membership", "not_comparable"): 1, ("fine", "same"): 1}


def test_what_can_no_longer_be_read_is_counted(keep, reported, sqlite_store):
    """It is no finding of the other pack."""
    keep(LATE)
    report = reported(LATE_RETURNS)
    report.add_damaged(EntryDamaged(2))

    assert dict(report.entries) == {"compared": 1, "lost": 1}
    assert counts(report.lost) == {"damaged_entry": 1}


def test_an_old_pack_that_is_refused_now_can_still_be_compared_with(keep, edited, reported, path):
    """What it decided is in the entries."""
    keep(LATE)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DROP TRIGGER pack_files_no_delete")
        connection.execute("DELETE FROM pack_files WHERE path = 'clauses.yaml'")
    report = reported(LATE_RETURNS)

    assert counts(report.decisions) == {("fine", "same"): 1, ("reminder", "same"): 1}
    assert not report.only_now
