"""Strict JSON in, canonical JSON out."""

import json
import math

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from service.errors import MalformedJson
from service.jsontext import canonical, parse, parse_kept, skim

EXACT = 2**53 - 1
BEYOND = 2**1024 - 2**970  # the smallest integer that is infinite as a double
NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=4) | st.sampled_from(["\U0001f600", "", "é"])
FLOATS = st.floats(allow_nan=False, allow_infinity=False)


def json_values(numbers):
    """Any JSON value with these numbers in it; names from all planes of Unicode."""
    scalars = st.none() | st.booleans() | numbers | NAMES
    return st.recursive(scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4))


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        (b'{"loan": 1, "loan": 2}', 1, 20, 'the member "loan" is given twice in one object'),
        (b'{"a": {"x": 1},\n "b": {"x": 1, "x": 1}}', 2, 20, 'the member "x" is given twice in one object'),
        (b'{"\\u0061": 1, "a": 1}', 1, 19, 'the member "a" is given twice in one object'),
        (b"\xef\xbb\xbf{}", 1, 1, "a byte order mark stands before the JSON text; leave it out"),
        (b"1e400", 1, 1, "a number is too large for a double"),
        (b"-1E+400", 1, 1, "a number is too large for a double"),
        (b'{"a": "1e999",\n  "b": [2, 1e999]}', 2, 12, "a number is too large for a double"),
        (b"9" * 400 + b".5", 1, 1, "a number is too large for a double"),
        (b"9" * 400, 1, 1, "a number is too large for a double"),
        (b"-" + b"9" * 5000, 1, 1, "a number is too large for a double"),
        (str(BEYOND).encode(), 1, 1, "a number is too large for a double"),
        (b'{"a": "' + b"9" * 400 + b'",\n "b": [2, ' + b"9" * 309 + b"]}", 2, 11, "a number is too large for a double"),
        (b'{"a": "' + b"9" * 400 + b'",\n "b": -' + b"9" * 4301 + b"}", 2, 7, "a number is too large for a double"),
        (b'{"a": NaN}', 1, 7, "NaN and Infinity are no JSON numbers"),
        (b"[Infinity]", 1, 2, "NaN and Infinity are no JSON numbers"),
        (b"[-Infinity]", 1, 3, "NaN and Infinity are no JSON numbers"),
    ],
)
def test_malformed_json_says_where_and_what(text, line, column, message):
    """A sender can only mend what is pointed at."""
    with pytest.raises(MalformedJson) as refused:
        parse(text)

    assert (refused.value.line, refused.value.column, refused.value.message) == (line, column, message)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b" ",
        b"{",
        b"[1,]",
        b"{} {}",
        b"{'a': 1}",
        b"01",
        b"1.",
        b".5",
        b"+1",
        b"0x10",
        b"tru",
        b"// no comments\n1",
        b'"\t"',
        b'"\xff"',
        b'"\xc0\x80"',
        b'"\xed\xa0\x80"',
        b'"\\ud800"',
        b'"\\udc00\\ud800"',
        b"\xff\xfe1\x00",
        b"[" * 100_000,
        b"[" * 500 + b"]" * 500,
        b"1" * 5000,
    ],
)
def test_what_is_no_strict_json_is_refused(text):
    """Nothing is guessed, whatever another parser would let pass; and no input exhausts the stack."""
    with pytest.raises(MalformedJson):
        parse(text)


def test_the_text_of_malformed_json_tells_the_place():
    """The exception holds data; its text is made from them."""
    with pytest.raises(MalformedJson, match=r'^line 2, column 19: the member "x" is given twice in one object$'):
        parse(b'{"a": {"x": 1},\n"b": {"x": 1, "x": 1}}')


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b'"1e400"', "1e400"),
        (b'{"a": "\\"1e400"}', {"a": '"1e400'}),
        (b"1e308", 1e308),
        (b"1e-400", 0.0),
        (str(1 - BEYOND).encode(), 1 - BEYOND),
        (b'{"a": "' + b"9" * 400 + b'"}', {"a": "9" * 400}),
        (b"12345678901234567890123", 12345678901234567890123),
        (b' \r\n\t{"a": [true, null]} ', {"a": [True, None]}),
        ('"\\ud83d\\ude00é"'.encode(), "😀é"),
    ],
)
def test_unusual_but_valid_json_is_read(text, value):
    """Strict does not mean narrow."""
    assert parse(text) == value


@pytest.mark.parametrize("read", [parse_kept, skim])
def test_integers_beyond_the_doubles_are_read_where_they_were_taken_once(read):
    """A log that has them is as good as others."""
    value = {"loan": {"pages": 10**400}}

    assert read(canonical(value)) == value


@pytest.mark.parametrize("number", [b"1e400", b"9" * 4301])
def test_what_was_never_taken_is_refused_later_as_well(number):
    """Only integers of up to 4,300 digits were."""
    with pytest.raises(MalformedJson, match=r"^line 1, column 7: a number is too large for a double$"):
        parse_kept(b'{"a": ' + number + b"}")


@given(json_values(st.integers() | FLOATS))
def test_what_the_standard_library_writes_is_read_back(value):
    """Two writers and readers agree on every value."""
    assert parse(json.dumps(value).encode()) == value


@given(json_values(st.integers(-EXACT, EXACT) | FLOATS))
def test_canonical_bytes_are_those_of_rfc_8785(value):
    """The quick way must give the same bytes as the reference."""
    assert canonical(value) == rfc8785.dumps(value)


@given(json_values(st.integers(-EXACT, EXACT)))
def test_canonical_bytes_without_fractions_are_those_of_rfc_8785(value):
    """Values without floats take the quick way, so they are tried on their own."""
    assert canonical(value) == rfc8785.dumps(value)


@given(json_values(st.integers() | st.floats(-EXACT, EXACT)))
def test_canonical_bytes_are_read_back_as_the_same_value(value):
    """Also integers beyond the doubles, which RFC 8785 has no bytes for, keep every digit."""
    assert json.loads(canonical(value)) == value


@given(st.dictionaries(NAMES, st.integers(), min_size=2, max_size=6), st.randoms())
def test_the_order_of_members_does_not_matter(members, random):
    """Equal values have equal bytes, and so equal digests."""
    shuffled = list(members.items())
    random.shuffle(shuffled)

    assert canonical(dict(shuffled)) == canonical(members)


def test_keys_are_sorted_by_utf_16_units():
    """By code point U+FB33 would come before U+1F600; its UTF-16 units come after (RFC 8785, 3.2.3)."""
    assert canonical({"\ufb33": 1, "\U0001f600": 2}) == '{"😀":2,"\ufb33":1}'.encode()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.0, b"1"),
        (-0.0, b"0"),
        (1e21, b"1e+21"),
        (1e-7, b"1e-7"),
        (EXACT, b"9007199254740991"),
        (2**53, b"9007199254740992"),
        (-(2**64), b"-18446744073709551616"),
        ({"n": [2**70, 0.5]}, b'{"n":[1180591620717411303424,0.5]}'),
        (("a", ("b",)), b'["a",["b"]]'),
        ('\x00\x1f\x7f\u2028/"\\', b'"\\u0000\\u001f\x7f\xe2\x80\xa8/\\"\\\\"'),
    ],
)
def test_canonical_writes(value, text):
    """Numbers and strings as in RFC 8785, 3.2.2; larger integers in full; tuples as arrays."""
    assert canonical(value) == text


@pytest.mark.parametrize("value", [math.nan, [math.inf], {"a": -math.inf}, "\ud800", {"\ud800": 1}, [0.5, "\udfff"]])
def test_what_json_cannot_say_is_a_value_error(value):
    """Never `null` for NaN, never a replacement character."""
    with pytest.raises(ValueError, match=r"not representable|non-UTF-8|surrogates"):
        canonical(value)


@pytest.mark.parametrize("value", [object(), b"bytes", {1: 2}, {"a": {None: 0.5}}, {"a": {1, 2}}])
def test_what_is_no_json_is_a_type_error(value):
    """Only JSON's own types are written."""
    with pytest.raises(TypeError):
        canonical(value)
