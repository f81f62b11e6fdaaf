"""What the tests of packs share: a small sound pack, to be broken in one place at a time."""

from __future__ import annotations

import shutil
import textwrap
from pathlib import Path

import pytest

from service.clock.calendars import build_calendar
from service.pack.decision_files import DecisionReader
from service.pack.loader import load_pack, load_pack_files
from service.pack.readings import resolve
from service.pack.vocabulary import Vocabulary, Word
from service.written.findings import InvalidPack, Place, Reporter
from service.written.yaml_source import yaml_source

SMALL = Path(__file__).parent / "packs" / "small"


@pytest.fixture
def write(tmp_path):
    """Write the small pack with one passage of one file changed; returns its folder."""

    def written(file=None, old="", new=""):
        folder = tmp_path / "small"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(SMALL, folder)
        if file is not None:
            text = (folder / file).read_text()
            assert old in text
            (folder / file).write_text(text.replace(old, new, 1), errors="surrogateescape")
        return folder

    return written


@pytest.fixture(scope="session")
def small_files():
    """The files of the small pack by their paths; nobody changes them."""
    paths = [path for path in SMALL.rglob("*") if path.is_file()]
    return {path.relative_to(SMALL).as_posix(): path.read_bytes() for path in paths}


@pytest.fixture
def refusal(small_files, write):
    """Change the small pack and return the findings that it is refused with, or its warnings when it is taken.

    Without a folder, of which hundreds of tests would need hundreds; `pack.yaml` names another file by its path in one.
    """

    def findings(file=None, old="", new=""):
        files = dict(small_files)
        if file is not None:
            text = files[file].decode()
            assert old in text
            files[file] = text.replace(old, new, 1).encode(errors="surrogateescape")
        try:
            if file == "pack.yaml":
                return load_pack(write(file, old, new)).warnings
            return load_pack_files(files, str(SMALL)).warnings
        except InvalidPack as refused:
            return refused.findings

    return findings


class PathsAsPlaces:
    """Places that show the path that was asked for, and whether it was for its key."""

    def place(self, path):
        """Return a value's path as its place."""
        return Place(".".join(map(str, path)), 1, 1)

    def key_place(self, path):
        """Return a key's path as its place."""
        return Place("key " + ".".join(map(str, path)), 1, 1)


@pytest.fixture
def findings():
    """Return the list that findings are noted in, to be looked at after reading."""
    return []


@pytest.fixture
def report(findings):
    """Note findings in that list; their places are paths."""
    return Reporter(PathsAsPlaces(), findings)


@pytest.fixture
def words():
    """Declare facts of a loan of every type, members of the decision `fine`, values and sets."""
    vocabulary = Vocabulary()
    hours = {"monday to friday": "09:00-17:00"}
    vocabulary.calendars = {
        "desk": build_calendar({"calendar": "desk", "zone": "Etc/UTC", "hours": hours}),
        "broken": None,
    }
    for word in (
        Word("loan.kind", "string", choices=("book", "map", "film")),
        Word("loan.lent_time", "time"),
        Word("loan.zone", "string", choices=("Europe/Lisbon", "Asia/Tokyo")),
        Word("loan.desk", "string", choices=("desk", "broken")),
        Word("loan.place", "string", choices=("Europe/Lisbon", "Lisbon")),
        Word("loan.returned", "boolean", choices=(True, False)),
        Word("loan.days", "integer"),
        Word("loan.most_days", "integer", nullable=True),
        Word("loan.weight", "number"),
        Word("loan.lent_on", "date"),
        Word("loan.returned_on", "date", nullable=True),
        Word("loan.asked_at", "instant"),
        Word("loan.parts", "list", items=("disc", "cover")),
        Word("loan.gifts", "list", nullable=True),
        Word("loan.fees", "list"),
        Word("loan.pauses", "periods"),
        Word("loan.repairs", "periods", ended=True),
        Word(
            "loan.claims",
            "records",
            members=(Word("cost", "integer"), Word("paid_on", "date", nullable=True)),
        ),
        Word("loan.known_on", "date", nullable=True, lenient=True),
        Word("loan.note", "string", nullable=True),
        Word("reservation", "subject", nullable=True),
        Word("member.name", "string", nullable=True, personal="member.name"),
        Word("member.is_named", "boolean", choices=(True, False), personal="member.name"),
        Word("member.born_at", "instant", personal="member.born_at"),
        Word("today", "date"),
        Word("fine.level", "string", choices=("low", "high")),
    ):
        vocabulary.words[word.name] = word
    vocabulary.members["fine"] = frozenset({"fine.level"})
    vocabulary.values.update(most=30, period={"days": 28}, wrong={"dayz": 28}, name="x")
    vocabulary.value_places["wrong"] = Place("facts.yaml", 4, 3)
    vocabulary.set_places["odd"] = Place("facts.yaml", 9, 3)
    vocabulary.sets.update(short=("map", "film"), odd=("book", "disc"), holidays=("2026-01-01",))
    return vocabulary


CHOICES = {"order": ("worst", ("worst", "mildest")), "age": ("old", ("old", "young"))}


@pytest.fixture
def read_decision(words, findings):
    """Read the text of a file of the decision `fine`; the pack has one calendar, `desk`."""

    def decision(text):
        tree, _ = resolve(yaml_source(textwrap.dedent(text).encode(), "fine.yaml"), CHOICES)
        reader = DecisionReader(tree, words, findings, frozenset({"desk"}))
        reader.declare()
        reader.settle_copies()
        return reader.read()

    return decision


@pytest.fixture
def told(read_decision, findings):
    """Read a file of `fine` with this below its head, and return the codes and nearest names that are found."""
    head = "decision: fine\nasks: What?\ngives: {level: [low, high], cost: integer, day: {from: loan.lent_on}}\n"

    def codes(text):
        read_decision(head + textwrap.dedent(text))
        return [(each.code, each.nearest) for each in findings]

    return codes
