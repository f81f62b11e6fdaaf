"""Conditions on the items of lists of records, and what is derived of such lists, as they are written."""

from __future__ import annotations

import pytest

from service.model.derivations import Chosen, Counted, ExtremeOf, SummedOf
from service.pack.loader import load_pack

FACTS, FINE = "facts.yaml", "decisions/fine.yaml"
WHEN = "loan.days_late: {more_than: most}"


@pytest.fixture
def derived(write):
    """Return the pack with one more derived fact, `loan.new`, that has this form."""

    def made(form):
        return load_pack(write(FACTS, "derived:\n", f"derived:\n  - {{fact: loan.new, says: New., {form}}}\n"))

    return made


@pytest.mark.parametrize(
    ("form", "type_", "how"),
    [
        ("count: loan.claims", "integer", Counted("loan.claims")),
        ("count: loan.claims, where: {cost: 3}", "integer", Counted("loan.claims where cost 3")),
        ("sum: loan.claims, of: cost", "integer", SummedOf("loan.claims", "cost")),
        (
            "sum: loan.claims, of: cost, where: {kind: [a, b c]}",
            "integer",
            SummedOf("loan.claims where kind a or 'b c'", "cost"),
        ),
        ("greatest: loan.claims, of: cost", "integer", ExtremeOf("loan.claims", "cost", greatest=True)),
        ("least: loan.claims, of: cost", "integer", ExtremeOf("loan.claims", "cost", greatest=False)),
    ],
)
def test_what_is_derived_of_a_list(derived, form, type_, how):
    """A form is data, and the items that it is made of are a derived fact that is named by their condition."""
    pack = derived(form)

    assert (pack.derived["loan.new"].type, pack.derived["loan.new"].how) == (type_, how)
    assert "loan.new" in pack.nullable if isinstance(how, ExtremeOf) else "loan.new" not in pack.nullable
    names = list(pack.derived)
    for name in pack.derived["loan.new"].inputs:
        assert name == "loan.claims" or names.index(name) < names.index("loan.new")


def test_what_conditions_choose_is_derived_once(write):
    """Whoever asks for it."""
    asked = "loan.claims: {some: {cost: {more_than: most}}, no: {cost: {more_than: most}, kind: a}}"
    pack = load_pack(write(FINE, WHEN, asked))

    chosen = {name: each.how for name, each in pack.derived.items() if isinstance(each.how, Chosen)}
    assert list(chosen) == [
        "loan.claims where cost more than most",
        "loan.claims where cost more than most and kind a",
    ]
    assert {each.input for each in chosen.values()} == {"loan.claims"}


def test_what_items_are_compared_with_is_read_too(write):
    """Each name of the case once."""
    pack = load_pack(
        write(FINE, WHEN, "loan.claims: {every: {cost: {less_than: loan.days_late}, kind: {same_as: loan.kind}}}")
    )

    (chosen,) = (each for each in pack.derived.values() if isinstance(each.how, Chosen))
    assert chosen.name == "loan.claims where not (cost less than loan.days_late and kind same as loan.kind)"
    assert chosen.inputs == ("loan.claims", "loan.days_late", "loan.kind")
    assert {"loan.claims", "loan.days_late", "loan.kind"} <= set(pack.decisions["fine"].facts)


@pytest.mark.parametrize(
    ("asked", "code", "says"),
    [
        ("loan.claims: {some: {cst: 3}}", "unknown_name", "reads 'cst', which neither the facts schema"),
        ("loan.claims: {some: {cost: many}}", "wrong_type", "'cost' is an integer"),
        ("loan.claims: {some: {cost: {known: true}}}", "known_of_unknown", "each item of 'loan.claims' has 'cost'"),
        ("loan.claims: {includes: 3}", "wrong_type", "'loan.claims' is a list of records, not a list"),
        ("loan.claims: 3", "wrong_type", "a list of records: ask for some, every, no or empty"),
        ("loan.parts: {some: {cost: 3}}", "wrong_type", "'loan.parts' is a list: a condition on items needs"),
        ("loan.kind: {no: {cost: 3}}", "wrong_type", "'loan.kind' is a string: a condition on items needs"),
        ("loan.claims: {some: {today: true}}", "ambiguous_name", "an item of 'loan.claims', and another name"),
        ("loan.claims: {some: {kind: {same_as: fine.level}}}", "own_beside_items", "'fine.level' is a member of this"),
        ("loan.claims: {som: {cost: 3}}", "unknown_key", "Did you mean 'some'?"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_condition_on_items(refusal, asked, code, says):
    """It is told once, with what would be right."""
    (finding,) = refusal(FINE, WHEN, asked)
    assert (finding.code, says in str(finding)) == (code, True), str(finding)


@pytest.mark.parametrize(
    ("form", "code", "says"),
    [
        ("sum: loan.claims", "missing_key", "say in 'of' which member of its items is summed"),
        ("sum: [loan.days_late, 3], of: cost", "wrong_type", "'sum' with 'of' or 'where' takes the name of a list"),
        ("count: loan.claims, of: flat, where: {cost: 3}", "wrong_type", "'count' with 'where' takes no 'of'"),
        ("sum: loan.claims, of: cots", "unknown_name", "which has cost, kind, today. Did you mean 'cost'?"),
        ("sum: loan.claims, of: kind", "wrong_type", "'sum' takes numbers, and 'kind' is a string"),
        ("latest: loan.claims, of: cost", "wrong_type", "and 'cost' is an integer: take 'greatest'"),
        ("latest: loan.claims", "wrong_type", "or the name of a list of records and in 'of' a member of its items"),
        ("greatest: loan.parts, of: cost", "wrong_type", "'loan.parts' is a list, not a list of records"),
        ("count: loan.parts, where: {cost: 3}", "wrong_type", "'loan.parts' is a list, not a list of records"),
        ("count: loan.claims, where: {cost: no}", "boolean_word", "'no'"),
    ],
)
def test_what_is_wrong_with_a_form(refusal, form, code, says):
    """As in all forms."""
    findings = refusal(FACTS, "derived:\n", f"derived:\n  - {{fact: loan.new, says: New., {form}}}\n")
    assert [(each.code, says in str(each)) for each in findings] == [(code, True)], [str(each) for each in findings]


@pytest.mark.parametrize("given", ["{level: {from: loan.claims}}", "{level: low, all: {from: loan.claims}}"])
def test_no_outcome_holds_a_list_of_records(refusal, given):
    """What is to be told of it is derived."""
    if "all" in given:
        found = refusal(FINE, "gives: {level: [low, high]}", "gives: {level: [low, high], all: {from: loan.claims}}")
    else:
        found = refusal(FINE, "then: {level: low}", f"then: {given}")
    assert "records_outcome" in [each.code for each in found]
    assert "no outcome holds one: derive what is to be told of it" in "".join(map(str, found))
