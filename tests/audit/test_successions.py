"""Which key speaks for a log of which size: one rule, to which every check is held by one table of attacks."""

import importlib.util
import json
import sys
from base64 import b64encode
from contextlib import suppress
from pathlib import Path

import pytest

from service.audit.checking.given import Given
from service.audit.checking.verification import verify
from service.audit.exporting.export_verification import check_export
from service.audit.exporting.exports import write_export
from service.audit.log.entries import introduction_in, write_rotation
from service.audit.log.notary import register
from service.audit.log.stamps import Stamp
from service.audit.proof.checkpoints import BadCheckpoint, Checkpoint, sign_checkpoint, unverified_checkpoint
from service.audit.proof.merkle import Frontier, inclusion_proof, subtree_root
from service.audit.proof.notes import BadNote, Signer, note_signers, write_note
from service.audit.proof.successions import Introduction, Succession, sorted_by_size
from tests.audit.succession_cases import CASES, Attack

NAME = "library.example/log"
SCRIPT = Path(__file__).parents[2] / "docs" / "verify_receipt.py"
KEYS = {letter: Signer.generate("another.example/log" if letter == "X" else NAME) for letter in "ABCTX"}


def load_script():
    """Return the file that auditors run alone, as a module."""
    spec = importlib.util.spec_from_file_location("verify_receipt_alone", SCRIPT)
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


script = load_script()


def note(key, size, signers):
    """Return a note in which keys sign that another speaks from a size on."""
    return write_note(Introduction(KEYS[key].verifier, size).text, [KEYS[each] for each in signers])


def notes_of(attack):
    """Return the introductions of an attack, as (size, key, note)."""
    found = []
    for told in attack.notes.split():
        size, _, rest = told.partition(":")
        key, _, signers = rest.partition("-")
        found.append((int(size), key, note(key, int(size), signers)))
    return found


def trusted_by(attack):
    """Return the keys that are trusted."""
    return [KEYS[each].verifier for each in attack.trusted]


class Log:
    """A log with the entries that bring the keys of an attack, and with the checkpoint that is shown."""

    def __init__(self, attack, store, append):
        told = {size: each for size, _, each in notes_of(attack)}
        self.attack, self.store = attack, store
        self.size = int(attack.checkpoint.partition(":")[0])
        self.last = max([self.size, *told])
        for at in range(1, self.last + 1):
            if at in told:
                with store.deed(write_rotation(told[at], Stamp(), "yearly", None)):
                    pass
            else:
                append()
        self.leaves = [each.entry.leaf for each in store.entries()]
        self.checkpoint = self.signed(self.size, attack.checkpoint.partition(":")[2])
        self._keep(self.size, self.checkpoint)

    def signed(self, size, signers):
        """Return a checkpoint of the log."""
        root = Frontier().extended(self.leaves[:size]).root()
        keys = [KEYS[each] for each in signers]
        return sign_checkpoint(Checkpoint(keys[0].name, size, root), keys)

    def _keep(self, size, checkpoint):
        with self.store.database.writing() as connection:
            row = (size, note_signers(checkpoint)[0][1], checkpoint)
            connection.exec_driver_sql("INSERT INTO checkpoints (size, key, note) VALUES (?, ?, ?)", row)

    def believed_by_rule(self):
        """Say whether the rule by itself believes the checkpoint."""
        keys = Succession(trusted_by(self.attack))
        for each in sorted_by_size(each for _, _, each in notes_of(self.attack)):
            with suppress(BadNote):
                keys.introduce(each)
        try:
            keys.believed(self.checkpoint, are_all_known=True)
        except (BadNote, BadCheckpoint):
            return False
        return True

    def believed_by_log(self):
        """Say whether the check of the whole log does, and connects all keys that are trusted."""
        report = verify(self.store, trusted_by(self.attack))
        return report.checkpoints == 1 and not any("No entry of the log leads to" in e.says for e in report.findings)

    def believed_by_export(self, folder):
        """Say whether the check of an export does, when somebody has kept the checkpoint."""
        if self.size != self.last:
            self._keep(self.last, self.signed(self.last, "A"))
        with self.store.database.writing() as connection:
            for letter in "ABCTX":
                register(connection, KEYS[letter].verifier)
        write_export(self.store, folder, "ndjson", 0, self.last)
        path = folder / "manifest.json"
        told = json.loads(path.read_bytes())
        path.write_text(json.dumps({**told, "introductions": [each for _, _, each in notes_of(self.attack)]}))
        given = Given(self.checkpoint)
        check_export(folder, trusted_by(self.attack), [given])
        return given.state == "continued"

    def believed_by_receipt(self):
        """Say whether the script that auditors run alone does, in a receipt."""
        first = next(self.store.entries())

        def node(level, number):
            return subtree_root(self.leaves[number << level : (number + 1) << level])

        document = {
            "format": "clausewise-receipt-v1",
            "sequence": 1,
            "entry": first.entry.body.decode(),
            "proof": [b64encode(each).decode() for each in inclusion_proof(0, self.size, node)],
            "checkpoint": self.checkpoint,
            "introductions": [each for _, _, each in notes_of(self.attack)],
        }
        try:
            script.check_receipt(document, [script.parse_key(each.text) for each in trusted_by(self.attack)])
        except script.Refused:
            return False
        return True


@pytest.mark.parametrize("attack", CASES, ids=lambda attack: f"{attack.why}: {attack.checkpoint} for {attack.trusted}")
def test_all_checks_agree_on_who_speaks_for_a_log(attack, sqlite_store, new_entry, pack, tmp_path):
    """The rule, the check of a log, of an export, and of a receipt without the service."""
    log = Log(attack, sqlite_store, lambda: sqlite_store.append(new_entry(), pack))

    believed = {
        "rule": log.believed_by_rule(),
        "log": log.believed_by_log(),
        "export": log.believed_by_export(tmp_path / "export"),
        "receipt": log.believed_by_receipt(),
    }
    assert believed == dict.fromkeys(believed, attack.is_right)


def test_what_a_script_is_told_of_later_keys_counts(sqlite_store, new_entry, pack):
    """A receipt knows nothing of keys that came after it: the log's list of keys does."""
    attack = Attack("AB", "", "3:A", is_right=False, why="")
    log = Log(attack, sqlite_store, lambda: sqlite_store.append(new_entry(), pack))
    told = [note("B", 5, "AB")]
    keys = [script.parse_key(each.text) for each in trusted_by(attack)]
    document = {
        "format": "clausewise-receipt-v1",
        "sequence": 3,
        "entry": list(sqlite_store.entries())[2].entry.body.decode(),
        "proof": [b64encode(subtree_root(log.leaves[:2])).decode()],
        "checkpoint": log.checkpoint,
    }

    with pytest.raises(script.Refused, match="nothing tells which of the keys"):
        script.check_receipt(document, keys)
    assert script.check_receipt(document, keys, told).checkpoint.key == keys[0]


@pytest.mark.parametrize(
    "text",
    [
        "{}\n",
        "{0}\nthe next signing key, from this size on:\n{1}\n",
        "{0}\nthe next signing key, from this size on:\n0\n{1}\n",
        "{0}\nthe next signing key, from this size on:\n05\n{1}\n",
        "{0}\nthe next signing key\n5\n{1}\n",
        "{0}\nthe next signing key, from this size on:\n5\n{1}\nmore\n",
        "another.example\nthe next signing key, from this size on:\n5\n{1}\n",
        "{0}\nthe next signing key, from this size on:\n5\n{1}x\n",
    ],
)
def test_another_text_is_no_introduction(text):
    """Whatever else the key has signed."""
    signed = write_note(text.format(NAME, KEYS["B"].verifier.text), [KEYS["A"], KEYS["B"]])

    with pytest.raises(BadNote):
        Introduction.parse(signed)
    with pytest.raises(script.Refused):
        script._introduction(signed)


def test_a_checkpoint_is_no_introduction():
    """And the other way round: the second line of an introduction is no size."""
    checkpoint = sign_checkpoint(Checkpoint(NAME, 3, bytes(32)), [KEYS["A"]])

    with pytest.raises(BadNote):
        Introduction.parse(checkpoint)
    with pytest.raises(BadCheckpoint):
        unverified_checkpoint(note("B", 5, "AB"))


def test_an_entry_that_brings_a_key_says_the_same_as_its_note():
    """Its place is the size from which on the key speaks."""
    told = json.loads(write_rotation(note("B", 5, "AB"), Stamp(), "yearly", None).body)

    assert introduction_in(told, 5) == note("B", 5, "AB")
    for wrong, sequence in (
        (told, 6),
        ({**told, "next": KEYS["C"].verifier.text}, 5),
        ({**told, "introduction": 1}, 5),
    ):
        with pytest.raises(BadNote):
            introduction_in(wrong, sequence)


def test_where_nobody_vouches_each_key_is_the_logs_own_word():
    """It is taken, and told where no earlier one has signed for it."""
    keys = Succession([KEYS["A"].verifier], vouched=False)

    assert [keys.introduce(note("B", 5, "AB")), keys.introduce(note("C", 9, "C"))] == [True, False]
    assert keys.known == [KEYS[each].verifier for each in "ABC"]
    assert keys.introduce(note("A", 12, "A")) is False
    signed = sign_checkpoint(Checkpoint(NAME, 12, bytes(32)), [KEYS["A"]])
    with pytest.raises(BadCheckpoint, match="a key that was replaced at entry 5"):
        keys.believed(signed)
