"""Drawn packs as files, and the one door through which the program is asked about them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from service.clock.calendars import Calendar
from service.decision.policy import Policy
from service.decision.proving import find_gaps
from service.decision.straight import Straight
from service.facts.values import Case as Facts
from service.instants import read_instant
from service.pack.calendar_files import read_calendars
from service.pack.loader import load_pack_files
from service.pack.pack_folder import PackFolder
from service.pack.sources import FACTS_SCHEMA, KeptSource
from service.written.findings import InvalidPack
from tests.oracle.filling import Case
from tests.plain_yaml import plain_yaml

__all__ = ["Door", "calendars_read", "files_of", "write_pack"]


def _written(value: Any) -> bytes:
    return plain_yaml(value, width=110, flow=None).encode()


def files_of(pack: Mapping[str, Any]) -> dict[str, bytes]:
    """Return the files of a pack by their paths."""
    files = {
        "pack.yaml": pack["head"],
        "clauses.yaml": {"clauses": [{"clause": "c", "heading": "H", "place": "p", "text": "A clause."}]},
        **_calendar_files(pack["calendars"], pack.get("holidays", {})),
        **{f"decisions/{name}.yaml": each for name, each in pack["decisions"].items()},
    }
    if pack["facts"]:
        files["facts.yaml"] = pack["facts"]
    if pack["interpretations"]:
        listed = [{"interpretation": name, **each} for name, each in pack["interpretations"].items()]
        files["interpretations.yaml"] = {"interpretations": listed}
    schema = json.dumps(pack["schema"], indent=1).encode()
    return {**{name: _written(content) for name, content in files.items()}, FACTS_SCHEMA: schema}


def _calendar_files(calendars: Mapping[str, Any], lists: Mapping[str, Any]) -> dict[str, Any]:
    of_lists = {f"holidays/{name}.yaml": each for name, each in lists.items()}
    return {**{f"calendars/{name}.yaml": each for name, each in calendars.items()}, **of_lists}


def calendars_read(calendars: Mapping[str, Any], lists: Mapping[str, Any]) -> dict[str, Calendar | None]:
    """Return calendars, and the lists of holidays that they share, as the program reads them.

    Raises InvalidPack with all that is told of them.
    """
    files = {name: _written(content) for name, content in _calendar_files(calendars, lists).items()}
    folder = PackFolder(KeptSource(files, "drawn"))
    found = read_calendars(folder)
    if any(each.severity == "error" for each in folder.findings):
        raise InvalidPack(folder.findings)
    return found


def write_pack(pack: Mapping[str, Any], folder: Path) -> Path:
    """Write a pack into a folder, and return it."""
    for name, content in files_of(pack).items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return folder


class Door:
    """A pack as the program understands it."""

    def __init__(self, pack: Mapping[str, Any]) -> None:
        """Load the pack through its files. Raises InvalidPack."""
        self.pack = load_pack_files(files_of(pack), "drawn")
        self.policy = Policy(self.pack)
        self.apart = Policy(self.pack)  # asked for one decision at a time
        self.straight = Straight(self.policy, often=0)

    def check(self) -> list[Any]:
        """Return what the check of gaps and overlaps finds."""
        return find_gaps(self.pack)

    def decide(self, case: Case) -> dict[str, Any]:
        """Return the decisions of a case, as in a decision document.

        Raises AssertionError where one hangs on which others are asked for.
        """
        facts = self.pack.facts.read(case.nested())
        as_of = None if case.as_of is None else read_instant(case.as_of)
        found = self.policy.decide(facts, [*self.pack.decisions], as_of)
        for name in reversed(found):
            alone = self.apart.decide(facts, [name], as_of)[name]
            assert alone == found[name], f"{name} alone is another decision: {alone!r} {found[name]!r}"
        listed = self.policy.decide(facts, None, as_of)
        assert listed == {name: found[name] for name in self.pack.answers}, f"{listed} is not of {found}"
        for _ in range(2):  # where it has not come up before, and where it has
            self._check_straight(case, tuple(found), as_of, (self._assumed(facts, found), found))
        documents = {name: json.loads(text) for name, text in found.items()}
        self._check_hidden(documents)
        return documents

    def _check_straight(self, case: Case, asked: tuple[str, ...], as_of: datetime | None, wanted: Any) -> None:
        """Raise AssertionError where straight Python says anything else."""
        given = self.straight.decide(case.nested(), asked, as_of)
        assert given is None or given == wanted, f"straight Python says {given}, not {wanted}"

    def _assumed(self, facts: Facts, decisions: Mapping[str, bytes]) -> dict[str, Any]:
        rested_on = self.policy.facts_read(tuple(decisions))
        return {name: value for name, value in facts.assumed.items() if name in rested_on}

    def _check_hidden(self, documents: Mapping[str, Any]) -> None:
        """Raise AssertionError where a document shows a member of a hidden decision, and not its reasons."""
        hidden = [name for name in documents if name not in self.pack.answers]
        for name, document in documents.items():
            reasons = {entry["rule"] for entry in document["because"]}
            facts = {fact for told in ("because", "overruled") for entry in document[told] for fact in entry["facts"]}
            for each in hidden:
                if each != name and any(fact.startswith(f"{each}.") for fact in facts):
                    lacking = {entry["rule"] for entry in documents[each]["because"]} - reasons
                    assert not lacking, f"{name} rests on {each} and does not tell {lacking}"
