"""`clausewise test`: the worked cases of packs."""

import json


def test_cases_that_pass_are_counted(call, late_returns):
    """With what they exercise."""
    done = call("test", late_returns)
    assert done.exit_code == 0
    assert done.stdout == "late-returns 1.2.0: 6 passed\n  5 of 5 rules and rows won, 1 of 1 notes said\n"


def test_the_shipped_packs_pass_and_every_rule_wins(call):
    """Without a name they are tested; `--strict` lets no rule be without a case."""
    done = call("test", "--strict")
    assert done.exit_code == 0, done.stdout


def test_a_failed_case_shows_its_place_the_difference_and_what_held(call, changed):
    """All that is needed to see who is wrong, the rule or the case."""
    folder = changed("cases/fine.yaml", "expect: {fine: {level: low}}", "expect: {fine: {level: high}}")
    done = call("test", folder)
    place = f"{folder}/cases/fine.yaml:9:5"
    assert done.exit_code == 1
    assert done.stdout.startswith(
        f"{place}: A day late costs the low fine\n"
        "  expect      fine.level\n"
        "    expected  high\n"
        "    got       low\n"
        "  won         fine.late\n"
    )
    assert "5 passed, 1 failed" in done.stdout


def test_json_tells_cases_differences_and_coverage(call, changed):
    """For programs: the same, by members."""
    folder = changed("cases/fine.yaml", "notes: fine.waiver", "silent: fine.waiver")
    done = call("test", "--format", "json", folder)
    told = json.loads(done.stdout)
    assert done.exit_code == 1
    assert told["summary"] == {"passed": 5, "failed": 1, "unheld": 0, "overruled": 0, "unsaid": 0}
    failed = next(case for case in told["packs"][0]["cases"] if not case["passed"])
    assert (failed["case"], failed["line"]) == ("A reserved item costs the high fine", 14)
    assert failed["differences"] == [{"kind": "silent", "name": "fine.waiver", "expected": None, "got": None}]
    assert (failed["won"], failed["overruled"]) == (["fine.reserved"], ["fine.late"])


def test_the_text_none_is_told_from_what_is_left_out(call, changed):
    """Else a case expects none and gets none, and fails."""
    folder = changed(
        "decisions/fine.yaml",
        "gives: {level: [none, low, high]",
        "gives: {level: {one_of: [none, low, high], optional: true}",
    )
    text = (folder / "decisions" / "fine.yaml").read_text()
    (folder / "decisions" / "fine.yaml").write_text(text.replace("then: {level: none, amount: 0}", "then: {amount: 0}"))
    assert "expected  'none'\n    got       nothing: it is left out\n" in call("test", folder).stdout


CASE = """
  - case: Case {0}
    facts: {{loan.days_late: {0}}}
    expect: {{fine: {{amount: {1}}}}}
"""


def test_cases_that_one_change_has_failed_are_told_together(call, changed):
    """A number that is changed fails every case about it; the first of them tell all that there is to know."""
    folder = changed("decisions/fine.yaml", "then: {level: low, amount: 2}", "then: {level: low, amount: 3}")
    cases = "".join(CASE.format(days, 2 if days < 8 else 4) for days in range(1, 10))
    (folder / "cases" / "fine.yaml").write_text(f"cases:{cases}")

    told = call("test", folder).stdout

    assert told.startswith("9 cases differ alike, in fine.amount:\n\n")
    assert [f"Case {days}\n" in told for days in range(1, 10)] == [True] * 3 + [False] * 6
    assert "and 6 more like these: 6 in fine.yaml. All are told by --format json.\n" in told
    assert "What differs\n  9 cases  fine.amount  otherwise from case to case\n" in told
    (folder / "cases" / "fine.yaml").write_text(f"cases:{cases}".replace("amount: 4", "amount: 2"))
    assert "  9 cases  fine.amount  expected 2, got 3\n" in call("test", folder).stdout


def test_a_few_failed_cases_are_told_in_full(call, changed):
    """There is nothing to sum up."""
    folder = changed("decisions/fine.yaml", "then: {level: low, amount: 2}", "then: {level: low, amount: 3}")
    cases = "".join(CASE.format(days, 2) for days in range(1, 4))
    (folder / "cases" / "fine.yaml").write_text(f"cases:{cases}")

    told = call("test", folder).stdout

    assert told.count("    expected  2\n    got       3\n") == 3
    assert not any(words in told for words in ("alike", "more like these", "What differs"))


def without_the_reserved_case(changed):
    """Return a copy of the pack in which no case has a reserved item."""
    folder = changed(
        "cases/fine.yaml", "facts: {loan: {days_late: 1, reserved: true}}", "facts: {loan: {days_late: 1}}"
    )
    text = (folder / "cases" / "fine.yaml").read_text()
    for old, new in (
        ("{level: high}", "{level: low}"),
        ("because: fine.reserved\n    overruled: fine.late\n    notes", "because: fine.late\n    silent"),
    ):
        assert old in text
        text = text.replace(old, new)
    (folder / "cases" / "fine.yaml").write_text(text)
    return folder


def test_what_no_case_exercises_is_told_with_its_place(call, changed):
    """It is told, and fails only when asked to."""
    folder = without_the_reserved_case(changed)
    done = call("test", folder)
    assert done.exit_code == 0
    assert "decisions/fine.yaml:8:5: fine.reserved holds in no case\n" in done.stdout
    assert "decisions/fine.yaml: fine.waiver is said in no case\n" in done.stdout
    assert "\nA case counts for the decisions that it names, or whose rules or notes it names.\n" in done.stdout
    assert call("test", "--strict", folder).exit_code == 1


def test_cases_are_chosen_by_a_part_of_their_title(call, late_returns):
    """Whatever its capitals; what all cases exercise is then no question."""
    done = call("test", "-k", "RESERVED", late_returns)
    assert (done.exit_code, done.stdout) == (0, "late-returns 1.2.0: 1 passed\n")


def test_a_title_that_no_case_has_is_a_wrong_call(call, late_returns):
    """A slip would look like success."""
    done = call("test", "-k", "resreved", late_returns)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "no case has 'resreved' in its title" in done.stderr


def test_some_cases_cannot_be_strict(call, late_returns):
    """They need not exercise every rule."""
    assert call("test", "-k", "map", "--strict", late_returns).exit_code == 2


def test_a_pack_that_is_refused_is_not_tested(call, changed):
    """Exit 2 with every finding, on standard error."""
    folder = changed("cases/fine.yaml", "because: fine.late", "because: fine.lat")
    done = call("test", folder)
    assert (done.exit_code, done.stdout) == (2, "")
    assert (
        "cases/fine.yaml:12:14: because: there is no rule or row 'fine.lat'. Did you mean 'fine.late'?" in done.stderr
    )
