"""A pack with any error is refused with every finding: a small sound pack, broken in one place at a time."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from service.pack.loader import load_pack, load_to_check
from service.written.findings import InvalidPack
from service.written.yaml_source import MAX_BYTES
from tests.pack.broken_packs import BROKEN
from tests.thorough import tried

ENTRIES = [(file, *entry) for file, entries in BROKEN.items() for entry in entries]
FILES = sorted({*BROKEN, "facts.schema.json"})


def place(finding):
    """Return a finding's file, line and column without the folder of the pack."""
    return str(finding.place).rpartition("/small/")[2]


def test_the_sound_pack_is_taken(write):
    """What is broken below is whole at first."""
    pack = load_pack(write())
    assert list(pack.decisions) == ["fine", "reply"]
    assert pack.schedule == ("fine", "reply")
    assert pack.decisions["reply"].facts == ("loan.kind", "loan.asked_at", "loan.days_late")


def test_a_pack_knows_what_is_personal_in_it(write):
    """Facts by their mark, derived facts by what they rest on, however far; rules may read all of it."""
    with_more = """derived:
  - {fact: loan.is_noted, says: Noted., when: {loan.note: {known: true}}}
  - {fact: loan.is_odd, says: Odd., when: {any: [{loan.kind: map}, {loan.is_noted: true}]}}
"""
    folder = write("facts.yaml", "derived:\n", with_more)
    fine = folder / "decisions" / "fine.yaml"
    fine.write_text(fine.read_text().replace("then: {level: low}", "when: {loan.is_odd: true}\n    then: {level: low}"))
    assert load_pack(folder).personal == {"loan.note", "loan.is_noted", "loan.is_odd"}


@pytest.mark.parametrize("entry", ENTRIES, ids=[f"{entry[3]}:{entry[2][:38]}" for entry in ENTRIES])
def test_a_mistake_is_found_where_it_stands(refusal, entry):
    """The finding names its place, says what is wrong and, where a name is misspelt, the nearest one."""
    file, old, new, code, at, says = entry
    found = refusal(file, old, new)
    where = at if "/" in at else at.rpartition("/")[2]
    assert [(place(each), each.code) for each in found if says in f"{each.code}: {each.message}"] != [], found
    assert (where, code) in [(place(each), each.code) for each in found], found


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("facts.schema.json", '"kind":', '"kind" :: '),
        ("facts.schema.json", '"minimum"', '"minimun"'),
        ("decisions/fine.yaml", "asks: What does it cost?", "asks: [What"),
        ("decisions/fine.yaml", "interpretation: day-of-return", "interpretation: Day"),
        ("decisions/fine.yaml", "loan.days_late: {more_than: most}", "loan.days_late: 08:00"),
    ],
)
def test_one_mistake_is_one_finding(refusal, file, old, new):
    """What can't be read may hold all that others ask for: they are not at fault."""
    assert len(refusal(file, old, new)) == 1


def test_several_mistakes_are_all_told_at_once(write):
    """An unknown key and an unknown fact in one file hide each other no more than those in different files."""
    folder = write("decisions/fine.yaml", "    when: {fine.level: high}", "    wen: {fine.level: high}")
    for file, old, new in (
        ("decisions/fine.yaml", "loan.days_late:", "loan.days_lat:"),
        ("facts.yaml", "plus: period", "plus: perod"),
    ):
        path = folder / file
        path.write_text(path.read_text().replace(old, new))
    with pytest.raises(InvalidPack) as refused:
        load_pack(folder)
    assert [each.nearest for each in refused.value.findings] == ["loan.days_late", "when", "period"]


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"- just\n- a list\n", b"a: [1\n", b"null\n", b"{", b"3"])
def test_no_file_content_crashes_the_loader(write, file, content):
    """Empty, binary, unclosed, of another shape: each is a refusal with a place."""
    folder = write()
    (folder / file).write_bytes(content)
    with pytest.raises(InvalidPack) as refused:
        load_pack(folder)
    assert any(place(finding).startswith(file) for finding in refused.value.findings)


@pytest.mark.parametrize("file", FILES)
def test_a_whole_file_that_is_cut_off_anywhere_is_read_or_refused(write, file):
    """A copy that broke off half-way must not decide cases by an exception."""
    folder = write()
    content = (folder / file).read_bytes()
    for length in range(0, len(content), tried(46, 7)):
        (folder / file).write_bytes(content[:length])
        with contextlib.suppress(InvalidPack):
            load_pack(folder)


@pytest.mark.parametrize("file", ["pack.yaml", "clauses.yaml", "facts.schema.json", "decisions/fine.yaml"])
def test_a_missing_file_is_told(write, file):
    """A folder that is not a whole pack is refused."""
    folder = write()
    (folder / file).unlink()
    with pytest.raises(InvalidPack):
        load_pack(folder)


@pytest.mark.parametrize("file", FILES)
def test_a_folder_in_place_of_a_file_is_told(write, file):
    """It is there, and yet can't be read."""
    folder = write()
    (folder / file).unlink()
    (folder / file).mkdir()
    with pytest.raises(InvalidPack) as refused:
        load_pack(folder)
    assert "directory" in str(refused.value)


@pytest.mark.parametrize("file", FILES)
def test_a_link_to_itself_is_told(write, file):
    """An optional file that is a broken link is no file left out."""
    folder = write()
    (folder / file).unlink()
    (folder / file).symlink_to(Path(file).name)
    with pytest.raises(InvalidPack) as refused:
        load_pack(folder)
    assert "symbolic links" in str(refused.value)


def test_a_pack_s_folder_that_is_not_there_is_told(tmp_path):
    """The first file that is looked for is missing."""
    with pytest.raises(InvalidPack) as refused:
        load_pack(tmp_path / "nowhere")
    assert [finding.code for finding in refused.value.findings] == ["unreadable_file"]


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize(
    "content",
    [
        "[" * 200_000,
        "{a: " * 100_000,
        "- " * 100_000,
        "&a [x, x]\n" + "".join(f"{c}: &{c} [*{p}, *{p}]\n" for p, c in zip("abcdefgh", "bcdefghi", strict=True)),
        '{"a":' * 100_000,
    ],
    ids=["lists", "mappings", "dashes", "bomb", "json"],
)
def test_neither_nesting_nor_repetition_exhausts_the_loader(write, file, content):
    """Whoever writes a pack may be in error, or worse: what is too deep is refused before anything recurses."""
    folder = write()
    (folder / file).write_text(content)
    with pytest.raises(InvalidPack):
        load_pack(folder)


@pytest.mark.parametrize("nested", ["items", "properties"])
def test_a_facts_schema_that_is_nested_too_deep_is_refused(write, nested):
    """JSON may be deeper than YAML files are read; the schema's checks recurse."""
    folder = write()
    inner = "1"
    for _ in range(150):
        inner = f'{{"type": "object", "{nested}": {{"a": {inner}}}}}'
    (folder / "facts.schema.json").write_text(inner)
    with pytest.raises(InvalidPack):
        load_pack(folder)


def test_a_reading_from_outside_changes_the_digest(write):
    """Decisions name the digest: the same files under another reading are another policy."""
    folder = write()
    chosen = load_pack(folder)
    other = load_pack(folder, {"day-of-return": "counted"})
    assert chosen.digest != other.digest
    assert other.interpretations["day-of-return"].chosen == "counted"


def test_a_reading_from_outside_that_is_not_there_is_refused(write):
    """A misspelt reading must not fall back on the file's own choice."""
    with pytest.raises(InvalidPack) as refused:
        load_pack(write(), {"day-of-return": "countd"})
    assert [(each.code, each.nearest) for each in refused.value.findings] == [("unknown_reading", "counted")]


def test_the_digest_is_that_of_the_files(write):
    """Where the folder lies, and when it was read, does not show."""
    folder = write()
    assert load_pack(folder).digest == load_pack(folder / "." / "decisions" / "..").digest


def test_a_retired_rule_is_known_by_its_id(write):
    """The key `on` of the language is text, though YAML 1.1 reads it as true when it is not quoted."""
    retired = "retired:\n  - {rule: fine.very-late, on: '2026-03-01', why: Merged into fine.long-late.}\nnotes:"
    pack = load_pack(write("decisions/fine.yaml", "notes:", retired))
    assert [each.id for each in pack.decisions["fine"].retired] == ["fine.very-late"]


def test_a_file_that_is_too_large_is_refused_unread(write):
    """The bound is far above what a person writes."""
    folder = write()
    (folder / "clauses.yaml").write_bytes(b"#" * (MAX_BYTES + 1))
    with pytest.raises(InvalidPack) as refused:
        load_pack(folder)
    assert [finding.code for finding in refused.value.findings] == ["file_too_large"]


@pytest.mark.parametrize(
    "new",
    [
        "loan.kind: {by_interpretation: day-of-retrun, free: map, counted: book}",
        "loan.days_late: {more_than: {by_interpretation: day-of-retrun, free: 1, counted: 2}}",
    ],
)
def test_a_choice_of_an_unknown_interpretation_is_one_finding(refusal, new):
    """What it would have chosen is not judged."""
    found = refusal("decisions/fine.yaml", "loan.days_late: {more_than: most}", new)
    assert [(each.code, each.nearest) for each in found] == [("unknown_interpretation", "day-of-return")]


READ_TWO_WAYS = (
    "loan.days_late: {by_interpretation: day-of-return, free: {more_than: most}, counted: {more_than: mots}}"
)


def test_what_is_wrong_under_a_reading_that_was_not_chosen_is_told_by_a_check(write):
    """The pack is taken as it is; whoever chooses the other reading would be refused."""
    folder = write("decisions/fine.yaml", "loan.days_late: {more_than: most}", READ_TWO_WAYS)
    _, (finding,) = load_to_check(folder)
    assert (place(finding), finding.code, finding.nearest) == ("decisions/fine.yaml:11:109", "wrong_type", "most")
    assert finding.message.startswith("under the reading counted of day-of-return: ")


def test_a_pack_that_is_sound_under_every_reading_has_no_findings(write):
    """Nor has one whose readings change nothing in other files."""
    sound = READ_TWO_WAYS.replace("mots", "most")
    for folder in (write(), write("decisions/fine.yaml", "loan.days_late: {more_than: most}", sound)):
        assert load_to_check(folder)[1] == []


@pytest.mark.parametrize(
    ("file", "old", "new", "code"),
    [
        ("facts.yaml", "    plus: period\n", "    pluss: period\n", "unknown_key"),
        ("decisions/reply.yaml", "calendar: desk", "kalendar: desk", "unknown_key"),
        ("pack.yaml", "decisions: [fine, reply]", "decisions: [reply]", "unlisted_decision"),
        ("pack.yaml", "decisions: [fine, reply]", "decisions: [fien, reply]", "unknown_decision"),
        # a column is told once, not at each row
        ("decisions/reply.yaml", "[loan.kind, fine.level]", "[loan.knd, fine.level]", "unknown_name"),
        ("decisions/reply.yaml", "[loan.kind, fine.level]", "[loan.kind, fine.levl]", "unknown_name"),
        # what a copy of nothing would have been is not judged
        ("decisions/fine.yaml", "then: {level: high}", "then: {level: {from: loan.knd}}", "unknown_name"),
        ("decisions/fine.yaml", "then: {level: high}", "then: {level: {value: mots}}", "unknown_name"),
        ("decisions/reply.yaml", "starts: loan.asked_at", "starts: loan.askedat", "unknown_name"),
    ],
)
def test_the_cause_is_told_alone(write, file, old, new, code):
    """What reads a thing that is wrong in itself is not at fault."""
    folder = write(file, old, new)
    (folder / "cases").mkdir(exist_ok=True)
    (folder / "cases" / "more.yaml").write_text("cases: [{case: Late., facts: {}, expect: {fine: undecided}}]\n")
    with pytest.raises(InvalidPack) as refused:
        load_pack(folder)
    assert [each.code for each in refused.value.findings] == [code]
    assert place(refused.value.findings[0]).partition(":")[0] in (file, "decisions/fine.yaml")


ROW_IN_A_CASE = "cases: [{case: A map waits., facts: {loan.kind: map}, expect: {reply: undecided}, because: '%s'}]\n"


@pytest.mark.parametrize(
    ("old", "new", "case", "found"),
    [
        # the row that is wrong has the id that it shows, and the case another
        ("[map, '-', 3]", "[mpa, '-', 3]", "reply.target(map, -)", [("reply.yaml:12:10", "impossible_value")]),
        # the row is gone, or was never written: its cells stand in other rows
        ("      - [book, high, 2]\n", "", "reply.target(map, low)", [("reply.yaml:5:5", "missing_row")]),
        # an id that is written twice was to be another
        (
            "[book, high, 2]",
            "[book, low, 2]",
            "reply.target(book, high)",
            [
                ("reply.yaml:10:9", "duplicate_id"),
                ("reply.yaml:11:9", "duplicate_id"),
            ],
        ),
        # the case itself is wrong
        ("", "", "reply.target(mpa, -)", [("more.yaml:1:92", "unknown_rule")]),
        ("", "", "reply.target(map)", [("more.yaml:1:92", "unknown_rule")]),
    ],
)
def test_a_row_that_a_case_names_is_told_where_the_mistake_is(write, old, new, case, found):
    """Not at every case that is right about it."""
    folder = write("decisions/reply.yaml", old, new)
    (folder / "cases" / "more.yaml").write_text(ROW_IN_A_CASE % case)
    if old:  # the pack is at fault, however many cases are right
        (folder / "cases" / "other.yaml").write_text(ROW_IN_A_CASE % case)
    with pytest.raises(InvalidPack) as refused:
        load_pack(folder)
    assert [(place(each).rpartition("/")[2], each.code) for each in refused.value.findings] == found
    if found[0][1] == "missing_row":
        assert "has no row reply.target(map, low), but a case names it" in refused.value.findings[0].message


def test_circles_are_told_all_at_once_with_the_whole_way(write):
    """Derived facts and members on the way are named."""
    circles = "".join(
        f"  - {{fact: loan.{one}, says: A., when: {{loan.{other}: true}}}}\n" for one, other in ("ab", "ba", "cd", "dc")
    )
    folder = write("facts.yaml", "derived:\n", f"derived:\n{circles}")
    with pytest.raises(InvalidPack) as refused:
        load_pack(folder)
    told = [each.message for each in refused.value.findings if each.code == "circle"]
    assert told == [
        f"derived facts read each other in a circle: loan.{one} → loan.{other} → loan.{one}"
        for one, other in ("ab", "cd")
    ]
    folder = write("facts.yaml", "derived:\n", "derived:\n  - {fact: loan.d, says: D., when: {reply.amount: 1}}\n")
    fine = folder / "decisions" / "fine.yaml"
    fine.write_text(fine.read_text().replace("when: {fine.level: high}", "when: {loan.d: true}"))
    with pytest.raises(InvalidPack) as refused:
        load_pack(folder)
    (finding,) = refused.value.findings
    assert finding.message == (
        "names read each other in a circle: reply.amount → fine.level → loan.d → reply.amount; "
        "'fine.level' is read with its whole decision, which reads 'loan.d': let a decision of its own give it"
    )


def test_what_reads_itself_is_a_circle_too(write):
    """A derived fact of its own, or a part over a derived fact of another part's member."""
    folder = write("facts.yaml", "derived:\n", "derived:\n  - {fact: loan.a, says: A., when: {loan.a: true}}\n")
    with pytest.raises(InvalidPack) as refused:
        load_pack(folder)
    assert [each.message for each in refused.value.findings] == [
        "derived facts read each other in a circle: loan.a → loan.a"
    ]
    folder = write("facts.yaml", "derived:\n", "derived:\n  - {fact: loan.d, says: D., when: {fine.level: high}}\n")
    fine = folder / "decisions" / "fine.yaml"
    fine.write_text(fine.read_text().replace("loan.days_late: {more_than: most}", "loan.d: true"))
    with pytest.raises(InvalidPack) as refused:
        load_pack(folder)
    assert [each.message for each in refused.value.findings] == [
        "names read each other in a circle: fine.level → loan.d → fine.level"
    ]


@pytest.mark.parametrize(
    ("file", "old", "new", "code", "says"),
    [
        ("calendars/desk.yaml", "calendar: desk", "calender: desk", "unknown_key", "unknown key 'calender'"),
        (
            "decisions/fine.yaml",
            "gives: {level: ",
            "gives: {lvel: ",
            "unknown_member",
            "gives 'level', which is not declared",
        ),
        (
            "decisions/fine.yaml",
            "when: {fine.level: high}",
            "if: {fine.level: high}",
            "unknown_key",
            "there are cites, ",
        ),
    ],
)
def test_a_misspelt_key_is_told_as_such_alone(refusal, file, old, new, code, says):
    """Neither an id 'None', nor a member that nothing gives; and where no key is near, with those that there are."""
    found = refusal(file, old, new)
    assert says in " ".join(each.message for each in found if each.code == code)
    assert not {each.code for each in found} & {"misnamed_file", "member_not_given"}
