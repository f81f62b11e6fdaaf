"""Receipts, checkpoints and consistency proofs: made from the log, checked by the verifier that knows nothing of it."""

import importlib.util
import json
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from service.audit.log.entries import write_entry
from service.audit.log.erasure import NothingToErase, erase
from service.audit.log.notary import Notary, verifiers
from service.audit.log.personal import open_sealed, seal
from service.audit.log.receipts import NoCheckpoint, checkpoint, consistency, receipt
from service.audit.log.rotation import rotate
from service.audit.log.stamps import Stamp
from service.audit.log.store import Append, IdempotencyKey
from service.audit.proof.checkpoints import Checkpoint, open_checkpoint, sign_checkpoint
from service.audit.proof.notes import Signer, note_signers, write_note
from service.audit.proof.successions import Introduction
from service.audit.storage.unavailable import EntryDamaged, KeyReused, StoreUnavailable
from service.decision.requests import read_request
from tests.audit.tampering import tamper

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.fixture(scope="module")
def verifier():
    """The single-file verifier."""
    spec = importlib.util.spec_from_file_location("verify_receipt", DOCS / "verify_receipt.py")
    module = sys.modules["verify_receipt"] = importlib.util.module_from_spec(spec)  # its dataclasses look there
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def signed_store(open_store, log_url, tmp_path):
    """An empty store whose checkpoints are signed, on each kind of database."""
    store = open_store(log_url, key=tmp_path / "log.key")
    store.prepare()
    return store


@pytest.fixture
def fill(signed_store, pack, new_entry):
    """Append so many entries at once."""

    def run(count):
        return signed_store.append_all([Append(new_entry(), pack, None) for _ in range(count)])

    return run


@pytest.fixture
def keys(signed_store, verifier):
    """Return the public keys of the log as the verifier takes them."""

    def run(first=0, last=None):
        with signed_store.database.reading() as connection:
            return [verifier.parse_key(each.text) for each in verifiers(connection)[first:last]]

    return run


def test_a_receipt_proves_its_entry(signed_store, fill, keys, verifier):
    """The first, the last, and those at the ends of tiles."""
    kept = fill(300)

    for each in (kept[0], kept[255], kept[256], kept[299]):
        told = json.loads(receipt(signed_store, each))
        verifier.check_receipt(told, keys())
        assert told["entry"].encode() == each.entry.body
        assert told["sequence"] == each.sequence


def test_a_checkpoint_is_signed_once(signed_store, fill):
    """Asking again, by whomever, gives the same text."""
    fill(3)

    signed = checkpoint(signed_store)
    assert signed.size == 3
    assert checkpoint(signed_store) == signed


def test_receipts_share_a_checkpoint_that_covers_them(signed_store, fill):
    """Reading receipts does not make the log sign without end."""
    kept = fill(3)
    first = json.loads(receipt(signed_store, kept[0]))
    fill(2)

    assert json.loads(receipt(signed_store, kept[2]))["checkpoint"] == first["checkpoint"]


def test_one_checkpoint_leads_to_another(signed_store, fill, keys, verifier):
    """Whoever kept the earlier one sees that the log only grew."""
    fill(3)
    earlier = checkpoint(signed_store)
    fill(300)

    verifier.check_consistency(json.loads(consistency(signed_store, earlier.size)), earlier.note, keys())


def test_there_is_no_way_to_a_checkpoint_that_was_never_signed(signed_store, fill):
    """Nor back from a larger one to a smaller."""
    fill(3)
    checkpoint(signed_store)

    with pytest.raises(NoCheckpoint, match="No checkpoint of 2 entries"):
        consistency(signed_store, 1, 2)
    with pytest.raises(NoCheckpoint, match="is later than"):
        consistency(signed_store, 4)


def test_without_a_key_nothing_is_signed(store, pack, new_entry):
    """A command that only appends has none."""
    kept = store.append(new_entry(), pack)

    with pytest.raises(StoreUnavailable, match="no key"):
        receipt(store, kept)


def test_a_checkpoint_is_signed_now_and_then_without_being_asked(signed_store, fill):
    """What nobody asked about is bound all the same."""
    fill(1000)
    fill(40)

    with signed_store.database.reading() as connection:
        notes = connection.exec_driver_sql("SELECT note FROM checkpoints WHERE size > 0").scalars().all()
    assert [note.split("\n")[1] for note in notes] == ["1040"]


def test_after_a_change_of_keys_both_vouch(signed_store, fill, keys, verifier):
    """The checkpoint over the change is signed by the old key and the new; from then on by the new one."""
    kept = fill(2)
    rotate(signed_store, signed_store.notary, "the yearly change", "operator")
    at_change = checkpoint(signed_store)
    fill(1)
    later = checkpoint(signed_store)

    assert len(note_signers(at_change.note)) == 2
    assert len(note_signers(later.note)) == 1
    for trusted in (keys(1), keys(0, 1)):  # the new key, or the old one, which introduces it
        verifier.check_receipt(json.loads(receipt(signed_store, kept[0])), trusted)
        verifier.check_consistency(json.loads(consistency(signed_store, 3)), at_change.note, trusted)
    assert len(list(signed_store.notary.path.parent.glob("log.key*"))) == 3  # the new, the old, what was signed last


def test_nobody_but_the_old_key_introduces_a_new_one(signed_store, fill, keys, verifier):
    """A note that says so, signed by whomever, gains no trust; nor does a checkpoint that is put in its place."""
    fill(2)
    rotate(signed_store, signed_store.notary, "the yearly change", "operator")
    told = json.loads(receipt(signed_store, fill(1)[0]))
    thief = Signer.generate("library.example/log")
    forged = write_note(Introduction(thief.verifier, 3).text, [thief])
    stranger = Signer.generate("another.example/log")
    strange = write_note(Introduction(stranger.verifier, 3).text, [stranger])

    for note in (forged, strange, told["checkpoint"], "", told["introductions"][0].replace("next", "last")):
        with pytest.raises(verifier.Refused):
            verifier.check_receipt({**told, "introductions": [note]}, keys(0, 1))


def test_whoever_trusts_any_key_of_the_log_is_led_to_the_last(signed_store, fill, keys, verifier):
    """Introductions of keys before that one lead nowhere, and are passed over."""
    for _ in range(3):
        fill(1)
        rotate(signed_store, signed_store.notary, "the yearly change", "operator")
    told = json.loads(receipt(signed_store, fill(1)[0]))

    assert len(told["introductions"]) == 3
    for number in range(4):
        verifier.check_receipt(told, keys(number, number + 1))


def test_a_key_that_was_replaced_introduces_no_other(signed_store, fill, keys, verifier):
    """Whoever finds the old key can't sign receipts by one of their own."""
    fill(1)
    old = Signer.parse(signed_store.notary.path.read_text().strip())
    rotate(signed_store, signed_store.notary, "the yearly change", "operator")
    new = Signer.parse(signed_store.notary.path.read_text().strip())
    told = json.loads(receipt(signed_store, fill(1)[0]))
    thief = Signer.generate(old.name)
    stolen = write_note(Introduction(thief.verifier, 3).text, [old, thief])
    root = open_checkpoint(told["checkpoint"], [new.verifier]).root
    forged = sign_checkpoint(Checkpoint(old.name, 3, root), [thief])

    verifier.check_receipt(told, keys(0, 1))
    told |= {"introductions": [*told["introductions"], stolen], "checkpoint": forged}
    with pytest.raises(verifier.Refused, match="none is by a key you trust"):
        verifier.check_receipt(told, keys(0, 1))


def test_a_service_that_runs_takes_the_new_key(signed_store, open_store, log_url, pack, new_entry):
    """Another worker has changed the key; nobody restarts this one."""
    other = open_store(log_url)
    other.notary = Notary(signed_store.notary.path, "")
    signed_store.append(new_entry(), pack)
    checkpoint(other)
    rotate(signed_store, signed_store.notary, "the yearly change", None)
    other.append(new_entry(), pack)

    with other.database.reading() as connection:
        open_checkpoint(checkpoint(other).note, verifiers(connection)[1:])


@pytest.fixture
def with_name(desk, signed_store, pack):
    """Append a decision about somebody who has a name."""

    def run(name="Zoë Ångström", key=None):
        decided = desk.decide(read_request({"facts": {"member": {"name": name, "kind": "adult"}}}))
        return signed_store.append(write_entry(decided, Stamp()), pack, key)

    return run


def rows_of(store):
    """Return all that stands in the database about entries, as text."""
    with store.database.reading() as connection:
        found = [
            connection.exec_driver_sql(f"SELECT * FROM {name}").all() for name in ("entries", "keys", "personal_facts")
        ]
    return repr(found) + "".join(repr(bytes(row.body)) for row in found[0])


def test_a_personal_fact_is_nowhere_but_under_its_key(signed_store, with_name):
    """Neither in the entry nor in plain bytes beside it."""
    kept = with_name()

    assert "ngstr" not in rows_of(signed_store)
    assert b"ngstr" not in kept.document
    assert json.loads(kept.entry.body)["facts"] == {"member": {"kind": "adult"}}
    assert signed_store.personal(kept)["member.name"].value == "Zoë Ångström"


def test_a_receipt_can_open_the_commitment(signed_store, with_name, keys, verifier):
    """Whoever may see the fact can prove that it is the one that was received."""
    kept = with_name()
    told = json.loads(receipt(signed_store, kept, signed_store.personal(kept)))

    verifier.check_receipt(told, keys())
    assert json.loads(told["opened"]["member.name"]["json"]) == "Zoë Ångström"
    told["opened"]["member.name"]["json"] = '"Zoë"'
    with pytest.raises(verifier.Refused):
        verifier.check_receipt(told, keys())


def test_erasing_leaves_every_proof_valid(signed_store, with_name, keys, verifier):
    """The receipt from before and the one from after both hold, over the same entry."""
    kept = with_name()
    before = json.loads(receipt(signed_store, kept))
    told = erase(signed_store, kept, "asked by the member", "operator").kept
    after = json.loads(receipt(signed_store, kept))

    for each in (before, after):
        verifier.check_receipt(each, keys())
    assert before["entry"] == after["entry"]
    assert signed_store.personal(kept) == {}
    deed = json.loads(told.entry.body)
    assert (deed["kind"], deed["reason"], deed["caller"]) == ("erasure", "asked by the member", "operator")
    assert deed["erased"] == {"facts": ["member.name"], "id": kept.entry.id, "sequence": kept.sequence}


def test_what_is_erased_can_not_be_erased_again(signed_store, with_name):
    """The second entry would claim a deed that never was."""
    kept = with_name()
    told = erase(signed_store, kept, "asked by the member", "operator").kept

    with pytest.raises(NothingToErase, match="erased already"):
        erase(signed_store, kept, "once more", "operator")
    with pytest.raises(NothingToErase, match="no personal facts"):
        erase(signed_store, told, "the erasure itself", "operator")
    assert signed_store.append(told.entry.__class__("019a0000-0000-7000-8000-000000000000", b"{}"), None).sequence == 3


def test_a_request_with_personal_facts_is_not_kept_as_a_plain_hash(signed_store, with_name):
    """Whoever has erased the fact could else try all names until one gives the hash."""
    key = IdempotencyKey("order-1", b'{"facts":{"member":{"name":"Zo\\u00eb"}}}')
    kept = with_name("Zoë", key)

    assert signed_store.answered(key).sequence == kept.sequence
    with signed_store.database.reading() as connection:
        stored = connection.exec_driver_sql("SELECT request FROM keys").scalar_one()
    assert stored != key.digest(None)
    with pytest.raises(KeyReused):
        signed_store.answered(IdempotencyKey("order-1", b"other"))


def test_a_key_whose_request_is_erased_is_not_answered(signed_store, with_name):
    """Whether the request is the same nobody can tell any more."""
    key = IdempotencyKey("order-1", b"{}")
    kept = with_name(key=key)
    erase(signed_store, kept, "asked by the member", "operator")

    with pytest.raises(KeyReused):
        signed_store.answered(key)


def test_the_length_of_what_is_sealed_tells_nothing(signed_store):
    """Of yes and no, or of short names and long ones."""
    lengths = {len(seal({"it": value}, "one").text) for value in (True, False, None, "Bo", "Aleksandra" * 10)}

    assert len(lengths) == 1


def test_what_was_sealed_is_removed_as_well(signed_store, with_name):
    """Nothing is left that a later break of the cipher could open."""
    erase(signed_store, with_name(), "asked by the member", "operator")

    with signed_store.database.reading() as connection:
        for table in ("personal_facts", "personal_keys"):
            assert connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar() == 0


def test_the_facts_of_one_entry_are_no_other_entrys(signed_store, with_name):
    """Sealed text that was put beside another entry does not open."""
    sealed = seal({"member.name": "Zoë"}, "one")
    assert open_sealed(sealed.text, sealed.key, "one")["member.name"].value == "Zoë"
    with pytest.raises(ValueError, match="belong together"):
        open_sealed(sealed.text, sealed.key, "other")
    assert "Zoë" not in repr(sealed)
    assert sealed.key.hex() not in repr(sealed)


@pytest.mark.parametrize("text", [b"", b"nonsense", b"[]", b'{"member.name":1}', b'{"member.name":{"json":"1"}}'])
def test_sealed_facts_that_make_no_sense_are_refused(text):
    """Whoever has the database has the key, and can seal what they like."""
    key = bytes(32)
    with pytest.raises(ValueError, match="belong together"):
        open_sealed(ChaCha20Poly1305(key).encrypt(bytes(12), text, b"one"), key, "one")


@pytest.mark.parametrize(
    ("damage", "wrong"),
    [
        ("UPDATE entries SET body = ?, leaf = ? WHERE sequence = 3", EntryDamaged),
        ("UPDATE checkpoints SET note = 'rubbish'", StoreUnavailable),
        ("UPDATE tiles SET hashes = x'00'", StoreUnavailable),
    ],
)
def test_a_receipt_that_would_prove_nothing_is_not_given(open_store, path, tmp_path, pack, new_entry, damage, wrong):
    """Whoever shows it would look like a forger."""
    store = open_store(path, key=tmp_path / "log.key")
    store.prepare()
    store.append_all([Append(new_entry(), pack, None) for _ in range(300)])
    checkpoint(store)
    other = new_entry()
    tamper(path, damage, *((other.body, other.leaf) if "?" in damage else ()))
    kept = next(store.entries(2))

    with pytest.raises(wrong):
        receipt(store, kept)
