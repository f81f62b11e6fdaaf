"""The two validators of the pack language: the fast one never lets through what the other one finds wrong."""

import copy
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.written.naming import with_text_keys
from service.written.schemas import SCHEMA_NAMES, fits, validator
from service.written.yaml_source import yaml_source
from tests.thorough import tried

ROOT = Path(__file__).resolve().parents[2]
PACKS = [ROOT / "rules" / "code42-enterprise-support", *(ROOT / "tests" / "fixtures" / "packs").iterdir()]
IN_FOLDERS = {"decisions": "decision", "calendars": "calendar", "cases": "cases"}


def schema_of(file):
    """Return the name of the schema that a file of a pack has to fit."""
    if file.name.endswith(".schema.json"):
        return "facts-schema.meta"
    return IN_FOLDERS.get(file.parent.name, file.stem)


def data_of(file):
    """Return what a file says, with keys that are text."""
    content = file.read_bytes()
    return json.loads(content) if file.suffix == ".json" else with_text_keys(yaml_source(content, file.name).data)


FILES = sorted(file for pack in PACKS for file in pack.rglob("*") if file.suffix in (".yaml", ".json"))
WRITTEN = [(schema_of(file), data_of(file)) for file in FILES if schema_of(file) in SCHEMA_NAMES]


def holders(data):
    """Return every mapping and list within data that is not empty, itself included."""
    found = [data] if isinstance(data, dict | list) and data else []
    for value in data.values() if isinstance(data, dict) else data if isinstance(data, list) else ():
        found += holders(value)
    return found


SCRAPS = (
    *(None, True, False, 0, 1, -1, 1.0, 0.5, 10**30, 1e300, "", "a", "a\n", "A b", "a.b", "2026-01-01", "2026-01-01\n"),
    *("1.0.0", "é", "\ud800", [], ["a", "a"], [1, True], [1, 1.0], {}, {"a": 1}, {"by_interpretation": "a", "b": 1}),
    *({"from": "a"}, {"date": "x"}, {"not": "a"}, {"at_least": 1, "at_most": True}),
)
KEYS = ("a", "when", "then", "rule", "date", "easter", "x-personal", "only_under", "by_interpretation", "type", "2")


@st.composite
def changed(draw):
    """Return the name of a schema and data that fitted it before something in them was changed."""
    name, data = copy.deepcopy(draw(st.sampled_from(WRITTEN)))
    for _ in range(draw(st.integers(1, 3))):
        holder = draw(st.sampled_from(holders(data) or [data]))
        key = draw(st.sampled_from(sorted(holder) if isinstance(holder, dict) else range(len(holder))))
        kind = draw(st.sampled_from(("put", "drop", "twice", "elsewhere")))
        scrap = copy.deepcopy(draw(st.sampled_from((*SCRAPS, *holders(draw(st.sampled_from(WRITTEN))[1])[:40]))))
        if kind == "drop" and len(holder) > 1:
            del holder[key]
        elif kind == "twice" and isinstance(holder, list):
            holder.append(copy.deepcopy(holder[key]))
        elif kind == "elsewhere" and isinstance(holder, dict):
            holder[draw(st.sampled_from(KEYS))] = scrap
        else:
            holder[key] = scrap
    return name, data


@pytest.mark.parametrize(("name", "data"), WRITTEN)
def test_what_is_sound_is_so_for_both(name, data):
    """The fast validator is there so that a sound file never waits for the other one."""
    assert fits(name, data)
    assert not list(validator(name).iter_errors(data))


@settings(max_examples=tried(100, 2000))
@given(changed())
def test_nothing_that_is_wrong_passes_the_fast_one(case):
    """A file that it takes for sound is not looked at again: what it overlooks would be served."""
    name, data = case

    assert not fits(name, data) or not list(validator(name).iter_errors(data))


@pytest.mark.parametrize("which", [fits, lambda name, _: validator(name)])
def test_a_schema_by_another_name_is_refused(which):
    """Nothing fits a schema that there is not."""
    with pytest.raises(KeyError):
        which("loans", {})


def test_what_the_fast_one_can_not_follow_does_not_fit():
    """It looks into data only so deep; the other one is asked then."""
    deep = data = {}
    for _ in range(2000):
        deep["a"] = deep = {}

    assert not fits("cases", {"cases": [{"facts": data}]})
