"""Steps stand after what they read, and groups whose facts are there are asked together."""

import pytest

from service.decision.asking import Asker
from service.decision.stages import Published, Stages, notes_key
from service.model.derivations import Derived
from service.model.pack import Applies, Clock, Copy, Group


@pytest.fixture(scope="module")
def stages(loans):
    """The stages of the toy pack."""
    return Stages(loans, Asker(loans))


def given(step):
    """Return the names that others may read of a step."""
    work = step.work
    if isinstance(work, Derived):
        return {work.name}
    if isinstance(work, Published):
        return {name for name, _ in work.members}
    return set() if isinstance(work, Applies) else {f"{work.decision}.{path}" for path in work.member_paths}


def test_what_is_worked_out_stands_after_what_it_reads(loans, stages):
    """Asked in the stages before, or worked out before it in its own."""
    everything = frozenset(loans.decisions)
    known = {*loans.facts.facts, *loans.facts.subjects, "as_of", "today"}
    for stage in stages.plan(everything):
        for asked in stage.asked:
            assert {name for name in asked.reads if isinstance(name, str)} <= known
        for step in stage.then:
            assert {name for name in step.reads if isinstance(name, str)} <= known
            known |= given(step)
    assert {member.name for decision in loans.decisions.values() for member in decision.members} <= known


def test_a_plan_holds_every_group_of_its_decisions_once(loans, stages):
    """With their applicabilities and notes, and no other."""
    for name, decision in loans.decisions.items():
        plan = stages.plan(frozenset([name]))
        asked = [each.group.id for stage in plan for each in stage.asked]
        wanted = [part.id for part in decision.parts if isinstance(part, Group)]
        wanted += [decision.applies.id] if decision.applies is not None else []
        wanted += [notes_key(name)] if decision.notes else []
        assert sorted(asked) == sorted(wanted)
        worked = [step.work for stage in plan for step in stage.then if isinstance(step.work, Clock | Copy)]
        assert sorted(worked, key=repr) == sorted(
            (part for part in decision.parts if isinstance(part, Clock | Copy)), key=repr
        )


def test_a_plan_is_made_once(loans, stages):
    """Decisions that are asked together again have it ready."""
    everything = frozenset(loans.decisions)
    assert stages.plan(everything) is stages.plan(frozenset(loans.decisions))
