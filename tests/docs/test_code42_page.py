"""The Code42 pack's page has every fact, decision and interpretation as the pack has them, and no other."""

import json
import re
from pathlib import Path

import pytest

from service.decision.policy import Policy
from service.facts.declaration import MISSING
from service.jsontext import parse

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "code42.md").read_text(encoding="utf-8")
LANGUAGE = {"applies", "as_of", "assumed", "chosen", "decided", "interpretations", "not_applicable", "today"}
"""Words of the pack language and of documents, which the page may use as well as the pack's."""
FEW = 20
"""More values than these are told by the first, the last and their number."""


@pytest.fixture(scope="module")
def pack(support):
    """The pack that the page is about."""
    return support


def section(title, level="##"):
    """Return what stands under a heading, up to the next one of its level or above."""
    (found,) = re.findall(
        rf"^{level} {re.escape(title)}\n(.*?)(?=^#{{2,{len(level)}}} |\Z)", PAGE, re.MULTILINE | re.DOTALL
    )
    return found


def rows(text):
    """Return the rows of a section's only table, below its head."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    assert set(lines[1]) <= set("|-"), lines[:2]
    return lines[2:]


def code(values, between=", "):
    """Return values as code."""
    return between.join(f"`{_json(value)}`" for value in values)


def _json(value):
    return str(value).lower() if isinstance(value, bool) else value


def row(*cells):
    """Return a row of a table."""
    return f"| {' | '.join(cells)} |"


# Facts


def values(spec):
    """Return what the page says a fact can be."""
    if spec.choices is not None and spec.type != "boolean":
        every = [*spec.choices]
        listed = code(every) if len(every) <= FEW else f"{code(every[:1])} to {code(every[-1:])}, {len(every)} codes"
        return f"list of {listed}" if spec.type == "list" else listed
    if spec.type == "integer":
        return f"integer from {spec.minimum}" + (f" to {spec.maximum}" if spec.maximum is not None else "")
    if spec.type == "string":
        return f"text, {spec.min_length} to {spec.max_length} characters"
    return spec.type


def absence(spec):
    """Return what the page says of a fact that is left out."""
    if spec.default is not MISSING:
        return f"assumed {code([spec.default])}"
    return "none" if spec.absent_is_none else "unknown"


def expected_facts(pack):
    """Return the rows of the table of facts."""
    return [row(f"`{path}`", values(spec), absence(spec)) for path, spec in pack.facts.facts.items()]


def test_every_fact_stands_with_its_values_and_what_its_absence_means(pack):
    """A caller builds a form from this table."""
    assert rows(section("The facts of a case")) == expected_facts(pack)


def test_every_subject_is_named(pack):
    """Left out whole, its facts are none; a caller who sends `{}` says something else."""
    (told,) = re.findall(r"^Three objects can be left out whole: (.*)\.$", PAGE, re.MULTILINE)
    assert told == code(pack.facts.subjects)


def test_every_personal_fact_is_named(pack):
    """Who keeps the audit log has to know them."""
    (told,) = re.findall(r"^One fact can name or describe a person: (.*)\.$", PAGE, re.MULTILINE)
    assert told == code(path for path, spec in pack.facts.facts.items() if spec.personal)


# Decisions


def can_be(member):
    """Return what the page says a member can be."""
    told = member.type
    if member.items is not None:
        told = f"list of {code(member.items)}"
    elif member.choices is not None and member.type != "boolean":
        told = code(member.choices)
    return told + (", may be missing" if member.optional else ", where known" if member.where_known else "")


def expected_decision(pack, name):
    """Return the rows of a decision's table."""
    return [row(f"`{each.path}`", can_be(each)) for each in pack.decisions[name].members if not each.hidden]


def expected_chain(pack):
    """Return the rows of the table of what rests on what."""
    told = []
    for name, decision in pack.decisions.items():
        concerns = decision.applies.says if decision.applies else "Every case."
        told.append(row(f"`{name}`", code(sorted(decision.needs_before, key=[*pack.decisions].index)) or "-", concerns))
    return told


def test_every_decision_stands_under_its_question(pack):
    """In the pack's order, which is the order in which they are told."""
    headings = re.findall(r"^### (.*)$", section("The decisions"), re.MULTILINE)
    assert headings == [f"`{name}`: {decision.asks}" for name, decision in pack.decisions.items()]


def test_every_decision_has_its_members(pack):
    """With what each can be, so that a caller can switch on it."""
    told = {name: rows(section(f"`{name}`: {each.asks}", "###")) for name, each in pack.decisions.items()}
    assert told == {name: expected_decision(pack, name) for name in pack.decisions}


def contact_outcome(pack):
    """Return what the page's example asks for."""
    customer = {"segment": "enterprise", "plan": "gold", "country": "NZ", "subscription": {"current": True}}
    issue = {"category": "other", "affected": "entire_deployment"}
    case = pack.facts.read({"customer": customer, "issue": issue})
    return parse(Policy(pack).decide(case, ["contact"])["contact"])["outcome"]


def test_the_example_of_ways_to_get_in_touch_is_what_comes_back(pack):
    """Its items are objects, which the table of members can't show."""
    text = section(f"`contact`: {pack.decisions['contact'].asks}", "###")
    (shown,) = re.findall(r"```json\n(.*?)\n```", text, re.DOTALL)
    assert json.loads(shown) == contact_outcome(pack)


def test_what_rests_on_what_is_as_in_the_pack(pack):
    """Whom a decision concerns, and which other decisions it reads."""
    assert rows(section("What rests on what")) == expected_chain(pack)


# Interpretations


def expected_interpretations(pack):
    """Return the rows of the table of interpretations."""
    return [
        row(
            f"`{name}`",
            each.question,
            f"`{each.chosen}`: {each.readings[each.chosen]['means']}",
            code(reading for reading in each.readings if reading != each.chosen),
        )
        for name, each in pack.interpretations.items()
    ]


def test_every_interpretation_stands_with_the_reading_that_is_chosen(pack):
    """When a reading is switched, this page tells so too."""
    assert rows(section("Where the text leaves a choice")) == expected_interpretations(pack)


# The rest


def test_what_is_not_decidable_is_counted_and_named(pack):
    """No clause is lost silently."""
    text = section("What is not decidable")
    left = [clause.id for clause in pack.clauses.values() if clause.not_decidable]
    assert f"{len(left)} of the {len(pack.clauses)} clauses" in text
    assert re.findall(r"`([\w-]+)`", text.partition("\n- ")[2]) == left


def test_the_head_counts_what_the_pack_has(pack):
    """Numbers in prose go stale first."""
    head = PAGE.partition("\n## ")[0]
    counted = {
        "clauses": len(pack.clauses),
        "decisions": len(pack.decisions),
        "facts": len(pack.facts.facts),
        "interpretations": len(pack.interpretations),
    }
    assert {name: int(number) for number, name in re.findall(r"(\d+)\s(\w+)", head) if name in counted} == counted
    assert f"version {pack.version}" in head


def test_no_name_stands_that_the_pack_does_not_have(pack):
    """The prose between the tables speaks of clauses, rules and members too."""
    members = {each.path for decision in pack.decisions.values() for each in decision.members}
    known = {
        *pack.clauses, *pack.interpretations, *pack.decisions, *pack.facts.facts, *pack.facts.subjects, *pack.types,
        *pack.calendars, *members,
    }  # fmt: skip
    readings = {reading for each in pack.interpretations.values() for reading in each.readings}
    listed = {value for spec in pack.facts.facts.values() for value in [*(spec.choices or ()), spec.default]}
    given = {
        value
        for decision in pack.decisions.values()
        for member in decision.members
        for value in [*(member.choices or ()), *(member.items or ())]
    }
    prose = re.sub(r"^(\||###).*$|\[.*?\]\(.*?\)", "", PAGE, flags=re.MULTILINE)
    spoken = set(re.findall(r"`([a-z_][a-z0-9_.-]+)`", prose))
    assert sorted(spoken - known - readings - listed - given - LANGUAGE) == []
