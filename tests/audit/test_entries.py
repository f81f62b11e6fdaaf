"""Entries, and the documents made from them again."""

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.audit.log.entries import ENGINE, Ends, Entry, Kept, PackNamed, audit_of, write_entry
from service.audit.log.stamps import Stamp
from service.decision.requests import read_request
from service.jsontext import canonical, parse

STAMP = Stamp("019a0000-0000-7000-8000-000000000000", "2026-01-31T09:00:00.123Z")

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**40), 10**40)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(json_values)
def test_canonical_json_is_a_fixed_point(value):
    """On this rests that a document needs not be stored beside its entry."""
    text = canonical(value)

    assert canonical(parse(text)) == text


def test_the_document_made_from_an_entry_is_the_one_that_was_answered(desk):
    """`GET` gives the bytes that `POST` gave, though only the entry is stored."""
    request = read_request({"facts": {}, "as_of": "2026-01-31T09:00:00.50+01:00"})
    decided = desk.decide(request)
    entry = write_entry(decided, STAMP)

    assert Kept(17, entry).document == decided.document(STAMP.id, STAMP.at, audit_of(17, entry))


def test_an_entry_holds_the_facts_as_they_came(desk):
    """A fact may be as large as an integer can be; no digit is lost on the way into the log."""
    facts = {"loan": {"pages": 10**300 + 1}, "member": {"card": {}}}
    entry = write_entry(desk.decide(read_request({"facts": facts})), STAMP)

    assert json.loads(entry.body)["facts"] == facts


def test_a_document_is_made_of_an_entry_with_an_integer_beyond_the_doubles(desk):
    """Such facts were taken once; what was answered then can still be fetched."""
    entry = write_entry(desk.decide(read_request({"facts": {"loan": {"pages": 10**400}}})), STAMP)

    assert json.loads(Kept(1, entry).document)["id"] == STAMP.id


def test_an_entry_names_what_decided_and_when(decided, pack):
    """Whoever reads the log alone can tell what was asked of what, and by whom: nobody by name, so far."""
    told = json.loads(write_entry(decided, STAMP).body)

    members = "as_of assumed caller decided_at decisions engine facts id kind personal policy"
    assert sorted(told) == members.split()
    assert (told["kind"], told["engine"], told["personal"]) == ("decision", ENGINE, {})
    assert (told["id"], told["decided_at"], told["caller"]) == (STAMP.id, STAMP.at, None)
    assert told["policy"] == {"id": pack.id, "version": pack.version, "digest": pack.digest}


def test_an_entry_is_canonical(decided):
    """Its hash must come out the same wherever it is worked out again (RFC 8785)."""
    body = write_entry(decided, STAMP).body

    assert canonical(parse(body)) == body


def test_the_hash_of_an_entry_is_that_of_its_bytes():
    """`sha256sum` tells it, too."""
    assert audit_of(3, Entry(STAMP.id, b"{}")) == {
        "sequence": 3,
        "entry": "sha256:" + hashlib.sha256(b"{}").hexdigest(),
    }


def test_an_entry_has_a_reference_where_the_caller_gave_one_and_is_else_as_it_always_was(desk):
    """Old entries and new ones without it are of the same members; the document comes back with it byte for byte."""
    without = desk.decide(read_request({"facts": {}}))
    given = desk.decide(read_request({"facts": {}, "reference": 'ticket "4711", \u00e9'}))
    entry = write_entry(given, STAMP)

    assert set(json.loads(entry.body)) - set(json.loads(write_entry(without, STAMP).body)) == {"reference"}
    assert entry.body.replace(canonical(given.reference), b"#") == (
        write_entry(without, STAMP).body[:-1] + b',"reference":#}'
    )
    assert canonical(parse(entry.body)) == entry.body
    assert Kept(17, entry).document == given.document(STAMP.id, STAMP.at, audit_of(17, entry))
    assert "reference" not in json.loads(without.document())


def test_no_text_within_an_entry_is_taken_for_its_pack(desk, pack):
    """Even when it is written like one."""
    text = ',"policy":{"digest":"x","id":"y","version":"z"}}'
    decided = desk.decide(read_request({"facts": {"member": {"card": {"number": text[:20]}}}}))
    entry = write_entry(decided, Stamp(), text)

    ends, deed = Ends(), canonical({"reason": text})

    assert ends.others([entry.body, deed, b"", entry.body]) == [(1, deed), (2, b"")]
    assert ends.packs == {PackNamed(pack.id, pack.version, pack.digest)}


def test_every_pack_that_decided_is_found_however_many_there_are():
    """More than are known without being read."""
    told = [{"digest": f"sha256:{number:064}", "id": "loans", "version": str(number)} for number in range(100)]
    ends = Ends()

    assert ends.others([canonical({"id": "x", "policy": each}) for each in told * 2]) == []
    assert ends.packs == {PackNamed("loans", each["version"], each["digest"]) for each in told}


@pytest.mark.parametrize("end", ["", "x", '"}', '"}}', '","id":1,"version":"2"}}', '","id":"1","version":"2"}}, '])
def test_what_is_no_end_of_an_entry_names_no_pack(end):
    """Entries are looked at before it is known whether they are genuine."""
    ends, body = Ends(), b'{"id":"x","policy":{"digest":"sha256:' + b"0" * 64 + end.encode()

    assert ends.others([body]) == [(0, body)]
    assert not ends.packs


def test_an_entry_is_known_by_its_end_once_one_of_its_pack_was_read(desk, pack):
    """Whoever checks a log then reads none of the others, unless something else than the id is theirs alone."""

    def body(id_, **members):
        return write_entry(desk.decide(read_request({"facts": {}, **members})), Stamp(id_, STAMP.at)).body

    ends, named = Ends(), body("b", reference="4711")
    assert not ends.is_plain("a", pack.digest, body("a"))
    assert ends.others([named, body("a")]) == []

    assert ends.is_plain("c", pack.digest, body("c"))
    assert not ends.is_plain("c", pack.digest, body("d"))
    assert not ends.is_plain("c", "sha256:" + "0" * 64, body("c"))
    assert not ends.is_plain("b", pack.digest, named)
