"""YAML read without its surprises: each trap is a finding at its exact place, and nothing is ever raised."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from service.written.findings import Place
from service.written.yaml_reader import MAX_DEPTH
from service.written.yaml_source import MAX_BYTES, read_yaml, yaml_source


def found(text):
    """Return (code, line, column) of each finding about a text or bytes."""
    content = text if isinstance(text, bytes) else text.encode()
    return [(each.code, each.place.line, each.place.column) for each in yaml_source(content, "loans.yaml").findings]


def test_plain_yaml_is_read_as_it_is_written():
    """What has one meaning needs no quotes; what looks like a range, a version or an id is text."""
    source = yaml_source(
        b"""\
loan: {kind: map, days: 28, fee: 0.5, below: -3, renewed: true, lost: false}
hours: 09:00-17:00
version: 1.0.0
lines: 14-15
'NO': "no"
texts: ['08:00', '2026-01-01', '1.10', "010", '~', 'on']
says: >-
  One sentence
  on two lines.
labels: {1: low, 2: high}
answers: {true: yes-and-no, false: neither}
""",
        "loans.yaml",
    )
    assert source.findings == ()
    assert source.data == {
        "loan": {"kind": "map", "days": 28, "fee": 0.5, "below": -3, "renewed": True, "lost": False},
        "hours": "09:00-17:00",
        "version": "1.0.0",
        "lines": "14-15",
        "NO": "no",
        "texts": ["08:00", "2026-01-01", "1.10", "010", "~", "on"],
        "says": "One sentence on two lines.",
        "labels": {1: "low", 2: "high"},
        "answers": {True: "yes-and-no", False: "neither"},
    }


@pytest.mark.parametrize(
    ("written", "code"),
    [
        *[
            (word, "boolean_word")
            for word in ("yes", "Yes", "YES", "no", "No", "on", "ON", "off", "Off", "y", "Y", "n", "N")
        ],
        *[(word, "boolean_word") for word in ("True", "TRUE", "False", "FALSE")],
        *[(word, "empty_value") for word in ("~", "null", "Null", "NULL")],
        *[
            (date, "unquoted_date")
            for date in ("2026-01-01", "2026-1-1", "2026-01-01T09:00:00Z", "2026-01-01 09:00:00")
        ],
        *[(time, "unquoted_time") for time in ("08:00", "1:30", "24:00", "190:20:30", "-1:30", "1:30.5")],
        *[(number, "octal_number") for number in ("0o10", "0O7")],
        *[(number, "hexadecimal_number") for number in ("0x1F", "0Xff", "-0x1")],
        *[(number, "binary_number") for number in ("0b101", "+0b1")],
        *[(number, "leading_zero") for number in ("010", "0800", "00", "01.5", "-07")],
        *[(number, "underscored_number") for number in ("1_000", "1_0.5", "685_230.15")],
        *[
            (number, "number_loses_writing")
            for number in ("1.10", "1.0e3", "1e3", "+5", ".5", "1.", "-0", "-.5", "1e999")
        ],
        *[(number, "number_loses_writing") for number in ("0.1000000000000000055511151231257827", "9" * 30 + ".5")],
        *[(number, "not_finite") for number in (".inf", "-.Inf", ".INF", ".nan", ".NaN")],
        *[(number, "number_too_large") for number in ("9007199254740992", "-9007199254740992", "9" * 5000)],
        ("=", "merge_key"),
        ("&a x", "anchor"),
        ("&a", "anchor"),
        ("*a", "alias"),
        ("!!str 3", "tag"),
        ("!ours x", "tag"),
        ("! x", "tag"),
        ("", "empty_value"),
    ],
)
def test_what_yaml_would_guess_at_is_refused_where_it_stands(written, code):
    """As a value of a key, as an item of a list and within braces alike."""
    at_key = (code, 2, 1 if written == "" else 8)
    assert found(f"kind: map\nloan:  {written}\n") == [at_key]
    if written:
        assert found(f"kinds:\n  - map\n  - {written}\n") == [(code, 3, 5)]
        assert found(f"loan: {{kind: map, fee: {written} }}\n") == [(code, 1, 24)]


@pytest.mark.parametrize("written", ["9007199254740991", "-9007199254740991", "0", "0.1", "-2.5", "1.0", "100.25"])
def test_a_number_that_keeps_its_writing_is_a_number(written):
    """Up to the largest whole number that is exact everywhere."""
    source = yaml_source(f"fee: {written}".encode(), "loans.yaml")
    assert source.findings == ()
    assert repr(source.data["fee"]) == written


def test_a_refused_value_stands_as_none_and_all_else_is_read():
    """Later checks can go on, and pass over what was refused already."""
    source = yaml_source(b"a: yes\nb: [1, ~, 2]\nc: 1.10\nd: map\n", "loans.yaml")
    assert source.data == {"a": None, "b": [1, None, 2], "c": None, "d": "map"}


def test_a_mend_says_what_to_write_instead():
    """A finding that only forbids is half a finding."""
    mends = {
        "no": "'no'",
        "08:00": "'08:00'",
        "1.10": "write 1.1",
        "+5": "write 5",
        "1e3": "write 1000",
        "True": "write true",
    }
    for written, mend in mends.items():
        (finding,) = yaml_source(f"a: {written}".encode(), "f").findings
        assert mend in finding.message


def test_a_key_given_twice_is_refused_and_the_first_one_stands():
    """The finding leads to the second, its text to the first."""
    source = yaml_source(b"kind: map\nfee: 1\nkind: book\nloan: {a: 1, 'a': 2}\n", "loans.yaml")
    assert source.data == {"kind": "map", "fee": 1, "loan": {"a": 1}}
    assert [str(each.place) for each in source.findings] == ["loans.yaml:3:1", "loans.yaml:4:14"]
    assert "line 1" in source.findings[0].message
    assert source.place(("kind",)) == Place("loans.yaml", 1, 7)


@pytest.mark.parametrize("keys", [("1", "'1'"), ("true", "'true'"), ("true", "1"), ("false", "0"), ("0", "false")])
def test_keys_that_read_alike_are_one_key(keys):
    """1 and '1' are one to whoever reads the file; true and 1 are one to Python."""
    assert found(f"{keys[0]}: a\n{keys[1]}: b\n") == [("duplicate_key", 2, 1)]


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("off: 1", ("boolean_word", 1, 1)),
        ("a:\n  08:00: open", ("unquoted_time", 2, 3)),
        ("1.5: a", ("bad_key", 1, 1)),
        ("? [a]\n: 1", ("bad_key", 1, 3)),
        ("{a: 1}: 2", ("bad_key", 1, 1)),
        ("*a : 1", ("bad_key", 1, 1)),
        ("&a b: 1", ("anchor", 1, 1)),
        ("!!str b: 1", ("tag", 1, 1)),
        ("~: 1", ("empty_value", 1, 1)),
        ("?\n: 1", ("bad_key", 1, 2)),
    ],
)
def test_a_key_is_text_or_a_plain_integer_or_boolean(text, finding):
    """Anything else can't be looked up by who reads the file."""
    assert found(text) == [finding]


@pytest.mark.parametrize("word", ["on", "no"])
def test_on_and_no_are_keys_of_the_language(word):
    """`on: '2026-03-01'`, says a retired rule, `no:` a condition; read as texts, they are no switches. Values are."""
    source = yaml_source(f"{{{word}: '2026-03-01'}}".encode(), "loans.yaml")
    assert (source.data, source.findings) == ({word: "2026-03-01"}, ())
    assert found(f"retired: {word}") == [("boolean_word", 1, 10)]


def test_a_merge_key_is_refused_with_its_alias():
    """What a file says should stand where it is read."""
    assert found("a: 1\n<<: *b\n") == [("merge_key", 2, 1), ("alias", 2, 5)]


def test_an_empty_value_is_placed_at_its_key_and_names_the_likely_slip():
    """In braces a colon without a space makes one long key."""
    assert found("loan:\nkinds:\n  - \n  - map\nfee: {a:1}") == [
        ("empty_value", 1, 1),
        ("empty_value", 3, 4),
        ("empty_value", 5, 7),
    ]
    assert "space" in yaml_source(b"{a:1}", "f").findings[0].message


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing\n", "---\n"])
def test_an_empty_file_is_a_finding(text):
    """It is never what was meant."""
    assert found(text) == [("empty_file", 1, 1)]
    assert yaml_source(text.encode(), "f").data is None


def test_a_second_document_is_refused_where_it_begins():
    """The first is still read."""
    assert found("a: 1\n---\nb: 2\n") == [("second_document", 2, 1)]
    assert found("---\na: 1\n") == []


@pytest.mark.parametrize("directive", ["%YAML 1.1", "%TAG ! tag:loans.example,2026:"])
def test_a_directive_is_refused(directive):
    """It would change what the rest of the file means."""
    assert found(f"{directive}\n---\na: 1\n") == [("directive", 1, 1)]


@pytest.mark.parametrize(
    ("text", "place", "says"),
    [
        ("a: it is: so", (1, 9), "': '"),
        ("a: 1\n b: 2", (2, 3), "indented too far"),
        ("a:\n  b: 1\n c: 2", (3, 2), "indentation"),
        ("a: 'x\nb: 1\n", (1, 4), "never closed"),
        ("a: [1, 2\nb: 1\n", (1, 4), "',' or ']'"),
        ("a: {b: 1\n", (1, 4), "',' or '}'"),
        ("a: @x", (1, 4), "quoted"),
        ("a: *", (1, 5), "quoted"),
        ('a: "\\q"', (1, 5), "escape"),
        ("a: x\nb\nc: 1", (2, 1), "after its key"),
        ("- a\nb: 1", (2, 1), "'-'"),
        ("a: 'x' y", (1, 8), "quoted as a whole"),
        ("a: - b", (1, 4), "line of its own"),
        ("{a: 1}}", (1, 7), "follow"),
        ("\ta: 1", (1, 1), "tab"),
        ("a:\n \tb: 1", (2, 2), "tab"),
    ],
)
def test_broken_syntax_is_told_in_plain_words_where_it_broke(text, place, says):
    """The parser's own words are for those who write parsers."""
    source = yaml_source(text.encode(), "loans.yaml")
    assert source.data is None
    assert [(each.code, each.place.line, each.place.column) for each in source.findings] == [("syntax", *place)]
    assert says in source.findings[0].message


def test_findings_before_broken_syntax_are_kept():
    """One run of the check should show as much as it can."""
    assert found("a: no\nb: 'x\n") == [("boolean_word", 1, 4), ("syntax", 2, 4)]


def test_a_tab_that_the_parser_would_let_pass_is_refused_all_the_same():
    """Within braces tabs indent too; within a text they are text."""
    assert found("a: {\n\tb: 1}\n") == [("tab_indent", 2, 1)]
    assert found("a: |\n  x\n  \ty\n") == []


def test_an_odd_space_that_the_parser_would_take_for_text_is_refused_all_the_same():
    """It would be the first letter of a key; within a text it is text."""
    assert found("a: {\n\u00a0b: 1}\n") == [("odd_indent", 2, 1)]
    assert found("a: |\n  x\n  \u00a0y\nb: x\u00a0y\n") == []


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("a: \u201chigh\u201d", (1, 4)),
        ("a: [b, \u2018x\u2019]", (1, 8)),
        ("{\u2018a\u2019: 1}", (1, 2)),
        ("a: \u201eb\u201c", (1, 4)),
    ],
)
def test_curly_quotes_around_a_whole_text_are_no_part_of_it(text, at):
    """Who wrote them took them for YAML's, and would be told that no value is called so."""
    assert found(text) == [("curly_quote", *at)]


@pytest.mark.parametrize(
    "text", ["\u201cLate\u201d is a word.", "the \u201chigh\u201d fine", "'\u201chigh\u201d'", "It\u2019s late"]
)
def test_curly_quotes_within_a_text_are_text(text):
    """So they are in straight quotes."""
    assert found(f"a: {text}") == []


@pytest.mark.parametrize(
    ("content", "finding"),
    [
        (b"\xef\xbb\xbfa: 1", ("byte_order_mark", 1, 1)),
        (b"a: 1\nb: x\x07y", ("control_character", 2, 5)),
        ("a: 1\r\nb: \u202ex".encode(), ("control_character", 2, 4)),
        ("a: x\u2028y".encode(), ("control_character", 1, 5)),
        (b'a: "\\0"', ("control_character", 1, 4)),
    ],
)
def test_what_cannot_be_seen_is_refused(content, finding):
    """A reader of the file would be told something else than the machine."""
    assert found(content) == [finding]


def test_bytes_that_are_not_utf8_are_placed_by_line_and_character():
    """The finding tells the byte and its offset too, for editors that show nothing there."""
    content = "a: é\nbé: ".encode() + b"\xe9\n"
    assert found(content) == [("not_utf8", 2, 5)]
    assert "0xe9 at offset 11" in yaml_source(content, "f").findings[0].message
    assert found("a: 1\n".encode("utf-16")) == [("not_utf8", 1, 1)]


def test_nesting_is_bounded():
    """A file of brackets must not exhaust the stack, nor the parser's patience."""
    assert found("[" * MAX_DEPTH + "]" * MAX_DEPTH) == []
    assert found("[" * 100_000) == [("too_deep", 1, MAX_DEPTH + 1)]
    assert found("{a: " * 100_000) == [("too_deep", 1, 4 * MAX_DEPTH + 1)]


def test_a_file_that_is_too_large_is_refused_unread():
    """The limit is in bytes."""
    assert found(b"#" * MAX_BYTES + b"\n") == [("file_too_large", 1, 1)]
    assert found(b"a: 1\n".ljust(MAX_BYTES, b"#")) == []


def test_a_file_that_cannot_be_read_is_a_finding(tmp_path):
    """So is a folder; a pack is refused with all that is wrong, missing files among it."""
    for path in (tmp_path / "fine.yaml", tmp_path):
        (finding,) = read_yaml(path, "decisions/fine.yaml").findings
        assert (finding.code, str(finding.place)) == ("unreadable_file", "decisions/fine.yaml:1:1")


def test_a_file_is_read_under_the_name_that_it_is_shown_as(tmp_path):
    """Without one, its path is its name."""
    path = tmp_path / "fine.yaml"
    path.write_bytes("fee: é\r\n".encode())
    assert read_yaml(path, "fine.yaml").place(("fee",)) == Place("fine.yaml", 1, 6)
    assert read_yaml(path).file == str(path)
    assert read_yaml(path).data == {"fee": "é"}


def test_every_key_and_value_has_its_place_and_what_is_not_there_the_closest():
    """Columns count characters, not bytes."""
    source = yaml_source("é: [1,\n  {kind: map, 2: x}]\n".encode(), "f")
    assert source.place(()) == Place("f", 1, 1)
    assert source.place(("é",)) == Place("f", 1, 4)
    assert source.place(("é", 1)) == Place("f", 2, 3)
    assert source.place(("é", 1, "kind")) == Place("f", 2, 10)
    assert source.key_place(("é", 1, "kind")) == Place("f", 2, 4)
    assert source.key_place(("é", 1, 2)) == Place("f", 2, 15)
    assert source.place(("é", 1, "fee", "amount")) == Place("f", 2, 3)
    assert source.key_place(("é", 1, "fee")) == Place("f", 2, 3)
    assert source.key_place(("é", 0)) == Place("f", 1, 5)


yaml_like = st.text(st.sampled_from("abé10: -?[]{},#&*!|>'\"%@`\\~.=<\n\r\t\ufeff\u2028\x00"), max_size=60)


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode) | yaml_like.map(str.encode))
def test_no_content_is_too_bad_to_be_read(content):
    """Whatever stands in a file, what is wrong is told, within the file, and the data is what it says it is."""
    source = yaml_source(content, "f")
    assert list(source.findings) == sorted(source.findings)
    last = len(content.splitlines()) + 1
    assert all(1 <= each.place.line <= last and each.place.column >= 1 for each in source.findings)
    assert source.data is not None or source.findings
    assert all(type(key) in (str, int, bool) for key in _keys(source.data))


def _keys(data):
    if isinstance(data, dict):
        yield from data
    for each in data.values() if isinstance(data, dict) else data if isinstance(data, list) else ():
        yield from _keys(each)


visible = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")) | st.just(" "), max_size=12)
values = st.recursive(
    visible | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1),
    lambda inner: st.lists(inner, min_size=1, max_size=4) | st.dictionaries(visible, inner, min_size=1, max_size=4),
    max_leaves=12,
)


class QuotingDumper(yaml.SafeDumper):
    """Writes every text in quotes."""


QuotingDumper.add_representer(
    str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"')
)
QuotingDumper.ignore_aliases = lambda *_: True


@given(st.dictionaries(visible, values, min_size=1, max_size=4), st.booleans())
def test_quoted_text_is_read_back_as_it_was_written(data, flow):
    """Quotes are the one mend for all that YAML guesses at; every value then has a place of its own."""
    text = yaml.dump(data, Dumper=QuotingDumper, default_flow_style=flow, allow_unicode=True)
    source = yaml_source(text.encode(), "f")
    assert source.findings == ()
    assert source.data == data
    assert set(source.key_places) < set(source.places)


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("a: \u2018x: y\u2019\n", 1, "curly quote, \u2018"),
        ("a:\n\tb: 1\n", 2, "here stands a tab"),
        ("a: 1\n  b: 2\n", 2, "indented too far"),
        ("a: x: y\n", 1, "a second ': '"),
        ("a:\n  b: 1\n c: 2\n", 3, "the indentation of this line fits nothing above it"),
        ("a: 'x' y\n", 1, "a quote closes too early"),
        ("a:\n  b: 1\n\u00a0 c: 2\n  d: 3\n", 3, "here stands the character no-break space (U+00A0)"),
    ],
)
def test_each_slip_of_writing_is_told_by_its_own_name(text, line, says):
    """A curly quote, a tab and a wrong indent look alike to a parser, but not to who wrote them."""
    (finding,) = yaml_source(text.encode(), "f").findings
    assert (finding.code, finding.place.line) == ("syntax", line)
    assert says in finding.message
    others = ("curly", "a tab", "too far", "second", "fits nothing", "too early", " space (")
    assert sum(other in finding.message for other in others) == 1
