"""Signed notes and their keys: against Go's published vectors, and whatever else a note might be."""

from base64 import b64encode
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.audit.proof.notes import (
    BadKey,
    BadNote,
    Signer,
    Verifier,
    note_signers,
    open_note,
    read_base64,
    write_note,
)

# From the tests of golang.org/x/mod/sumdb/note.
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PETER_PRIVATE = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
ENOCH = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"
TEXT = """If you think cryptography is the answer to your problem,
then you don't know what your problem is.
"""
BY_PETER = (
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
BY_ENOCH = "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n"

# From the specification, which publishes no key for it.
POEM = """Ognuno sta solo sul cuor della terra
trafitto da un raggio di sole:

ed è subito sera.

— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=
"""  # noqa: E501 - so it is published

peter, enoch = Verifier.parse(PETER), Verifier.parse(ENOCH)
library = Signer.generate("library.example/loans")


def mangled(text: str) -> list[str]:
    """Every part of a text, and the text with any one character replaced by the next."""
    parts = [text[begin:end] for begin in range(len(text)) for end in range(begin + 1, len(text) + 1)]
    parts.remove(text)
    return parts + [text[:at] + chr(ord(text[at]) + 1) + text[at + 1 :] for at in range(len(text))]


def with_id(name: str, typed_key: bytes) -> str:
    """The text of a key whose id is right, whatever the rest is."""
    key_id = sha256(name.encode() + b"\n" + typed_key).hexdigest()[:8]
    return f"{name}+{key_id}+{b64encode(typed_key).decode()}"


def test_a_published_key_is_read_and_written():
    """As Go writes it."""
    assert (peter.name, peter.key_id.hex(), peter.label) == ("PeterNeumann", "c74f20a3", "PeterNeumann+c74f20a3")
    assert peter.text == PETER
    assert Signer.parse(PETER_PRIVATE).text == PETER_PRIVATE
    assert Signer.parse(PETER_PRIVATE).verifier == peter


def test_a_published_note_is_written_byte_for_byte():
    """Ed25519 signatures have no randomness: the same text and key give the same note."""
    assert write_note(TEXT, [Signer.parse(PETER_PRIVATE)]) == f"{TEXT}\n{BY_PETER}"


def test_published_notes_are_opened():
    """By either key, or both; an unknown signature is passed over."""
    note = f"{TEXT}\n{BY_PETER}{BY_ENOCH}"

    assert open_note(note, [peter]).signers == (peter,)
    assert open_note(note, [enoch, peter]).signers == (peter, enoch)
    assert open_note(note, [enoch]).text == TEXT
    assert note_signers(note) == [("PeterNeumann", "c74f20a3"), ("EnochRoot", "af0cfe78")]


def test_the_text_goes_to_the_last_empty_line():
    """It may have empty lines itself."""
    assert note_signers(POEM) == [("quasimodo.example/salvatore", "367ba04b")]
    assert open_note(write_note("a\n\nb\n\n", [library]), [library.verifier]).text == "a\n\nb\n\n"


def test_no_mangled_public_key_is_read():
    """Each part of the text vouches for the others."""
    for text in mangled(PETER):
        with pytest.raises(BadKey):
            Verifier.parse(text)


def test_no_mangled_private_key_is_read_and_none_is_shown():
    """What is wrong is said without the secret."""
    secret = PETER_PRIVATE.split("+", 4)[4]
    for text in mangled(PETER_PRIVATE):
        with pytest.raises(BadKey) as refused:
            Signer.parse(text)
        assert secret[5:] not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("PeterNeumann", "too few parts"),
        ("Peter Neumann" + PETER.removeprefix("PeterNeumann"), "no spaces"),
        (PETER.removeprefix("PeterNeumann"), "not empty"),
        (PETER + "\n", "no valid base64"),
        (PETER.replace("c74f20a3", "C74F20A3"), "written with the id 'C74F20A3'"),
        (with_id("PeterNeumann", b"\x01" + peter.public + b"\0"), "has 33 bytes"),
        (with_id("PeterNeumann", b"\x65" + peter.public), "not for Ed25519"),
        (with_id("PeterNeumann", b""), "not for Ed25519"),
    ],
)
def test_what_is_wrong_with_a_key_is_said(text, why):
    """Whoever set it up can then find the slip."""
    with pytest.raises(BadKey, match=why):
        Verifier.parse(text)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\u00a0b", "a\u2003b", "a\u0085b", "a\nb", "a\x00b", "a\ud800b"])
def test_a_key_is_not_named_so_that_a_note_is_torn(name):
    """A name stands between spaces in a signature line, and between plus signs in a key's text."""
    with pytest.raises(BadKey, match="name has no spaces"):
        Signer.generate(name)


def test_a_public_key_has_32_bytes():
    """Not 31, whoever makes it."""
    with pytest.raises(BadKey, match="has 31 bytes"):
        Verifier("library.example/loans", bytes(31))


def test_a_private_key_is_never_shown():
    """Neither in a traceback nor in a log line."""
    secret = library.text.split("+", 4)[4]

    assert secret[5:] not in repr(library)
    assert secret[5:] not in repr([library])
    assert library.private.private_bytes_raw().hex() not in repr(library)
    assert "library.example/loans" in repr(library)


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"])).map(lambda text: text + "\n"))
def test_whatever_is_signed_is_read_again(text):
    """The text comes out as it went in, by the key as it is read from its text."""
    opened = open_note(write_note(text, [Signer.parse(library.text)]), [Verifier.parse(library.verifier.text)])

    assert (opened.text, opened.signers) == (text, (library.verifier,))


@given(st.data())
def test_no_changed_note_is_opened(data):
    """Whichever character becomes another: text, name, id or signature."""
    note = write_note(TEXT, [library])
    at = data.draw(st.integers(0, len(note) - 1))
    other = data.draw(st.characters(codec="utf-8").filter(lambda character: character != note[at]))

    with pytest.raises(BadNote):
        open_note(note[:at] + other + note[at + 1 :], [library.verifier])


def test_a_wrong_signature_by_a_known_key_refuses_the_note():
    """Even when another known key signed it well."""
    wrong = BY_PETER[:60] + "ABCD" + BY_PETER[60:]
    with pytest.raises(BadNote, match=r"signature by PeterNeumann\+c74f20a3 is wrong"):
        open_note(f"{TEXT}\n{wrong}{BY_ENOCH}", [peter, enoch])
    with pytest.raises(BadNote, match="is wrong"):
        open_note(f"{TEXT}\n{BY_PETER}{wrong}", [peter])
    with pytest.raises(BadNote, match="is wrong"):
        open_note(f"{TEXT}!\n\n{BY_PETER}", [peter])


def test_a_note_by_strangers_is_refused_with_their_names():
    """Perhaps the key was changed, and the reader has the old one."""
    with pytest.raises(BadNote, match=r"signed by: PeterNeumann\+c74f20a3, Enoch.* Known keys: library.example/loans"):
        open_note(f"{TEXT}\n{BY_PETER}{BY_ENOCH}", [library.verifier])
    with pytest.raises(BadNote, match="Known keys: none"):
        open_note(f"{TEXT}\n{BY_PETER}", [])


def test_a_key_is_known_by_name_and_id_together():
    """Another key of the same name is a stranger, and so is the same key under another name."""
    with pytest.raises(BadNote, match="not signed by a known key"):
        open_note(f"{TEXT}\n{BY_PETER}", [Verifier("PeterNeumann", enoch.public)])
    with pytest.raises(BadNote, match="not signed by a known key"):
        open_note(f"{TEXT}\n{BY_PETER}", [Verifier("CarmenSandiego", peter.public)])


def test_the_same_signature_twice_is_one_signer():
    """Nothing is gained by repeating it."""
    assert open_note(f"{TEXT}\n{BY_PETER}{BY_PETER}", [peter]).signers == (peter,)


def test_64_signatures_are_read_and_no_more():
    """Nobody shall make us verify for ever."""
    assert open_note(f"{TEXT}\n{BY_ENOCH * 63}{BY_PETER}", [peter]).signers == (peter,)
    with pytest.raises(BadNote, match="65 signature lines"):
        open_note(f"{TEXT}\n{BY_ENOCH * 64}{BY_PETER}", [peter])
    with pytest.raises(BadNote, match="1 to 64 signatures, not 65"):
        write_note(TEXT, [library] * 65)


@pytest.mark.parametrize(
    ("note", "why"),
    [
        ("", "must end in a newline"),
        (TEXT, "no signatures"),
        (TEXT + "\n", "no signatures"),
        (f"{TEXT}\n{BY_PETER}"[:-1], "must end in a newline"),
        (f"\x01{TEXT}\n{BY_PETER}", r"U\+0001"),
        (f"{TEXT}\r\n{BY_PETER}", r"U\+000D"),
        (f"{TEXT}\t\n\n{BY_PETER}", r"U\+0009"),
        (f"\udcff{TEXT}\n{BY_PETER}", "surrogate"),
        (f"{TEXT}\n{BY_PETER.replace('PeterNeumann', 'Bad Name')}", "no valid base64"),
        (f"{TEXT}\n{BY_PETER.replace('PeterNeumann', 'Bad+Name')}", "signature line is"),
        (f"{TEXT}\n{BY_PETER.replace('PeterNeumann', '')}", "signature line is"),
        (f"{TEXT}\n{BY_PETER.replace('—', '-')}", "signature line is"),
        (f"{TEXT}\n{BY_PETER}Unexpected line.\n", "signature line is"),
        (f"{TEXT}\n{BY_PETER}\n", "no signatures"),
        (f"{TEXT}\n— PeterNeumann\n", "too short"),
        (f"{TEXT}\n— PeterNeumann x08gow==\n", "too short"),
        (f"{TEXT}\n— EnochRoot ABCDE\n{BY_PETER}", "no valid base64"),
        (f"{TEXT}\n{BY_PETER.replace('nAM=', 'nAN=')}", "no valid base64"),
        (f"{TEXT}\n{BY_PETER.replace('nAM=', 'nA M=')}", "no valid base64"),
    ],
)
def test_a_malformed_note_is_refused(note, why):
    """Whoever signed it: a reader elsewhere could take it for another text."""
    with pytest.raises(BadNote, match=why):
        open_note(note, [peter])
    with pytest.raises(BadNote, match=why):
        note_signers(note)


@pytest.mark.parametrize("text", ["", "no newline", "bell\x07\n", "return\r\n", "half\ud800\n"])
def test_what_could_not_be_read_is_not_signed(text):
    """A signature is for ever."""
    with pytest.raises(BadNote):
        write_note(text, [library])
    with pytest.raises(BadNote):
        library.sign(text)


def test_a_note_has_a_signer():
    """Without one it is only text."""
    with pytest.raises(BadNote, match="1 to 64 signatures, not 0"):
        write_note(TEXT, [])


@given(st.binary())
def test_base64_is_read_in_its_one_form_only(value):
    """Two texts for one hash would be two receipts."""
    text = b64encode(value).decode()

    assert read_base64(text) == value
    for other in (text + "\n", text.rstrip("=") + "====", " " + text, text + "A"):
        with pytest.raises(ValueError, match=r".+"):
            read_base64(other)
