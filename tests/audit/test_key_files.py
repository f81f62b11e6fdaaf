"""The file with the signing key: made once, kept from others, replaced as a whole."""

import base64
import errno
import os
from concurrent.futures import ThreadPoolExecutor

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from service.audit.log.notary import Notary
from service.audit.proof.key_files import (
    KeyRefused,
    discard_draft,
    draft_key,
    keep_text,
    locked,
    make_key,
    put_in_place,
    read_key,
)
from service.audit.proof.notes import Signer

NAME = "library.example/log"


@pytest.fixture
def file(tmp_path):
    """Return where the key is to be."""
    return tmp_path / "log.key"


def test_a_key_is_made_that_its_owner_alone_can_read(file):
    """Whoever reads it can sign for the log."""
    signer = make_key(file, NAME)

    assert file.stat().st_mode & 0o777 == 0o600
    assert make_key(file, "another.example").verifier == signer.verifier
    assert list(file.parent.iterdir()) == [file]


def test_of_many_who_make_it_at_once_all_get_the_same(file):
    """Workers start together."""
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: make_key(file, NAME).verifier, range(16)))

    assert len(set(made)) == 1


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_key_that_others_can_use_is_refused(file, mode):
    """It may have been copied already."""
    make_key(file, NAME)
    file.chmod(mode)

    with pytest.raises(KeyRefused, match="can be used by others"):
        make_key(file, NAME)


@pytest.mark.parametrize("text", ["", "no key", "PRIVATE+KEY+a+00000000+AAAA", "\udcff"])
def test_a_file_that_holds_no_key_is_refused(file, text):
    """An empty one, too: it is not made anew over what may have been a key."""
    file.write_bytes(text.encode(errors="surrogateescape"))
    file.chmod(0o600)

    with pytest.raises(KeyRefused, match="holds no signing key"):
        make_key(file, NAME)


def test_a_folder_that_is_not_there_is_told(file):
    """A mistyped path."""
    with pytest.raises(KeyRefused, match="No such file or directory"):
        make_key(file.parent / "nowhere" / "log.key", NAME)


def test_another_logs_key_is_refused(file):
    """Two services with a key each would sign for one log."""
    make_key(file, NAME)

    with pytest.raises(KeyRefused, match="copy the key file"):
        read_key(file, Signer.generate(NAME).verifier)


def test_a_change_that_was_interrupted_is_brought_to_its_end(file):
    """The log knows the new key already, and the file still holds the old one."""
    old = make_key(file, NAME)
    new = draft_key(file, NAME)

    assert read_key(file, old.verifier).verifier == old.verifier
    assert read_key(file, new.verifier).verifier == new.verifier
    assert (
        Signer.parse(file.with_name(f"log.key.{old.verifier.key_id.hex()}").read_text().strip()).verifier
        == old.verifier
    )
    assert len(list(file.parent.iterdir())) == 2


def test_two_who_bring_a_change_to_its_end_do_it_once(file):
    """The command that made it, and a service that signs in the same moment."""
    old = make_key(file, NAME)
    new = draft_key(file, NAME)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: read_key(file, new.verifier).verifier, range(16)))
    with locked(file):
        put_in_place(file, new.verifier)

    assert set(found) == {new.verifier}
    assert (
        Signer.parse(file.with_name(f"log.key.{old.verifier.key_id.hex()}").read_text().strip()).verifier
        == old.verifier
    )
    assert make_key(file, NAME).verifier == new.verifier


def test_drafts_of_several_changes_do_not_meet(file):
    """Of two that are tried at once one is put in place, and none takes the other's key."""
    make_key(file, NAME)
    first, second = draft_key(file, NAME), draft_key(file, NAME)
    put_in_place(file, first.verifier)
    discard_draft(file, second.verifier)

    assert make_key(file, NAME).verifier == first.verifier
    assert not list(file.parent.glob("*.new"))


def test_a_log_has_one_key(store, tmp_path):
    """Each machine that makes its own would make proofs that the others' readers don't believe."""
    store.notary = Notary(tmp_path / "one.key", NAME)
    store.prepare()
    store.notary = Notary(tmp_path / "other.key", NAME)

    with pytest.raises(KeyRefused, match=r"other\.key can't be read"):
        store.prepare()
    assert not (tmp_path / "other.key").exists()


@pytest.mark.parametrize(
    "seed",
    [
        bytes(range(32)),
        bytes(31) + b"\x3e",  # its base64 ends with a plus sign
        bytes(31) + b"\x3f",  # with a slash
        bytes(30) + b"\x0f\x80",  # with a plus sign and one character
        bytes(2) + b"\xfb\xef\xbe" * 10,  # forty plus signs
    ],
)
def test_the_secret_is_in_no_message(file, seed):
    """Errors end up in logs. What base64 has of plus signs and slashes makes no difference."""
    text = Signer(NAME, Ed25519PrivateKey.from_private_bytes(seed)).text
    file.write_text(f"{text}\n")
    file.chmod(0o600)
    signer = make_key(file, NAME)
    secret = text.removeprefix(f"PRIVATE+KEY+{signer.verifier.label}+")

    assert base64.b64decode(secret) == b"\x01" + seed
    with pytest.raises(KeyRefused) as refused:
        read_key(file, Signer.generate(NAME).verifier)
    for told in (str(refused.value), repr(refused.value), repr(signer)):
        assert not any(part in told for part in (secret, secret[-20:], seed.hex(), repr(seed)[2:-1]))


def test_a_full_disk_leaves_no_draft(tmp_path, monkeypatch):
    """What could not be written whole is not written at all."""

    def full(_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    for write in (lambda: keep_text(tmp_path / "log.key.last", "a note"), lambda: make_key(tmp_path / "log.key", NAME)):
        with pytest.raises(KeyRefused, match="No space left on device"):
            write()
    assert list(tmp_path.iterdir()) == []
