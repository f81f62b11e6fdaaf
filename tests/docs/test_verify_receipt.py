"""The script with which an auditor checks receipts: good ones pass, and whatever was changed in one is named."""

import ast
import importlib.util
import json
import os
import subprocess
import sys
from base64 import b64decode, b64encode
from copy import deepcopy
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.audit.proof.checkpoints import Checkpoint, sign_checkpoint
from service.audit.proof.merkle import Frontier, consistency_proof, inclusion_proof, leaf_hash, subtree_root
from service.audit.proof.notes import Signer, write_note
from service.audit.proof.successions import Introduction

SCRIPT = Path(__file__).resolve().parents[2] / "docs" / "verify_receipt.py"
NAME = "library.example/loans"
MOST = 40
SALT = bytes(range(32))
CONTACT = '"zoë@library.example"'


def script():
    """The script as a module."""
    spec = importlib.util.spec_from_file_location("verify_receipt", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its dataclasses look their module up
    spec.loader.exec_module(module)
    return module


verify = script()
log, stranger = Signer.generate(NAME), Signer.generate("stranger.example")
KEYS = [verify.parse_key(log.verifier.text)]


def entry(number: int) -> str:
    """The canonical JSON of an entry; one fact of it is personal."""
    personal = "sha256:" + sha256(SALT + CONTACT.encode()).hexdigest()
    return json.dumps(
        {
            "decided_at": "2026-01-31T09:00:00.000Z",
            "facts": {"loan": {"pages": 10**30 + number}},
            "id": f"019a0000-0000-7000-8000-{number:012}",
            "personal": {"loan.contact": personal},
            "policy": {"digest": "sha256:00ff", "id": "library-loans", "version": "1.0.0"},
        },
        separators=(",", ":"),
    )


ENTRIES = [entry(number) for number in range(MOST)]
LEAVES = [leaf_hash(each.encode()) for each in ENTRIES]


def node(level: int, number: int) -> bytes:
    """The perfect subtrees of the log."""
    return subtree_root(LEAVES[number << level : (number + 1) << level])


def encoded(hashes) -> list[str]:
    """Hashes as a receipt has them."""
    return [b64encode(each).decode() for each in hashes]


def signed(size: int, *signers: Signer, origin: str = NAME, root: bytes | None = None) -> str:
    """A checkpoint of the log, by the log unless told otherwise."""
    root = Frontier().extended(LEAVES[:size]).root() if root is None else root
    return write_note(Checkpoint(origin, size, root).text, signers or [log])


def receipt(sequence: int = 17, size: int = 25) -> dict:
    """A good receipt without personal facts."""
    return {
        "format": "clausewise-receipt-v1",
        "sequence": sequence,
        "entry": ENTRIES[sequence - 1],
        "proof": encoded(inclusion_proof(sequence - 1, size, node)),
        "checkpoint": signed(size),
    }


def opened() -> dict:
    """A good receipt that shows a personal fact."""
    return receipt() | {"opened": {"loan.contact": {"salt": b64encode(SALT).decode(), "json": CONTACT}}}


def growth(first: int = 11, second: int = 25) -> dict:
    """A good consistency document."""
    return {
        "format": "clausewise-consistency-v1",
        "from": first,
        "to": second,
        "proof": encoded(consistency_proof(first, second, node)),
        "checkpoint": signed(second),
    }


def refusal(document: object, keys=KEYS) -> str:
    """What a receipt is refused with."""
    with pytest.raises(verify.Refused) as refused:
        verify.check_receipt(document, keys)
    return str(refused.value)


def refusal_of_growth(document: object, earlier: str, keys=KEYS) -> str:
    """What a consistency document is refused with."""
    with pytest.raises(verify.Refused) as refused:
        verify.check_consistency(document, earlier, keys)
    return str(refused.value)


@pytest.fixture
def run(nursery, tmp_path):
    """Run the script over files of these contents, as an auditor does, with a key file and a kept checkpoint beside."""

    def run_script(*arguments: str, **files: object) -> tuple[int, str]:
        (tmp_path / "keys.txt").write_text(f"# the log's\n\n{log.verifier.text}\n")
        (tmp_path / "kept.txt").write_text(signed(11), encoding="utf-8")
        for name, content in files.items():
            text = content if isinstance(content, str) else json.dumps(content)
            (tmp_path / name).write_bytes(text.encode("utf-8", "surrogatepass"))
        run_it = f"import runpy; runpy.run_path({str(SCRIPT)!r}, run_name='__main__')"
        done = nursery.run(*arguments, *files, code=run_it, folder=tmp_path)
        told = (done.stdout + done.stderr).decode()
        assert "Traceback" not in told
        return done.returncode, told

    return run_script


def test_the_script_needs_nothing_of_clausewise():
    """It is independent: its author's mistakes aren't the service's, and it runs where the service is not installed."""
    imported = set()
    for statement in ast.walk(ast.parse(SCRIPT.read_text())):
        if isinstance(statement, ast.Import):
            imported |= {name.name.split(".")[0] for name in statement.names}
        elif isinstance(statement, ast.ImportFrom):
            imported.add(statement.module.split(".")[0])

    assert imported <= {*sys.stdlib_module_names, "cryptography"}


@pytest.mark.parametrize("size", range(1, MOST + 1))
def test_the_receipt_of_every_entry_is_proven(size):
    """In every tree up to some size."""
    for sequence in range(1, size + 1):
        proven = verify.check_receipt(receipt(sequence, size), KEYS)

        assert (proven.sequence, proven.checkpoint.size, proven.checkpoint.origin) == (sequence, size, NAME)
        assert proven.digest == sha256(ENTRIES[sequence - 1].encode()).hexdigest()


@pytest.mark.parametrize("second", range(MOST + 1))
def test_growth_is_proven_between_any_sizes(second):
    """From nothing, and to itself, as well."""
    for first in range(second + 1):
        grown = verify.check_consistency(growth(first, second), signed(first), KEYS)

        assert (grown.earlier.size, grown.later.size) == (first, second)


def test_a_good_receipt_says_what_it_proves(run):
    """All that a policy owner asks about: which entry, by which policy, in which log."""
    status, told = run("--key-file", "keys.txt", good=opened())
    root = b64encode(Frontier().extended(LEAVES[:25]).root()).decode()

    assert status == 0
    assert [line.split(maxsplit=1) for line in told.splitlines()] == [
        ["good:", "proven"],
        ["sequence", "17 of 25"],
        ["id", "019a0000-0000-7000-8000-000000000016"],
        ["decided_at", "2026-01-31T09:00:00.000Z"],
        ["policy", "library-loans 1.0.0 sha256:00ff"],
        ["entry", "sha256:" + sha256(ENTRIES[16].encode()).hexdigest()],
        ["checkpoint", f"{NAME}, size 25, root {root}"],
        ["signed", f"by   {log.verifier.label}"],
        ["opened", f"loan.contact = {CONTACT}"],
    ]


def test_growth_says_what_it_proves(run):
    """The auditor keeps the new checkpoint next."""
    status, told = run("--key", log.verifier.text, "--since", "kept.txt", good=growth())

    assert status == 0
    assert told.startswith("good: proven\n  unchanged   the first 11 entries; 14 were added\n")
    assert f"{NAME}, size 11, root " in told
    assert f"{NAME}, size 25, root " in told


def test_a_receipt_and_a_consistency_document_are_not_confused(run):
    """Each is told what it should have been."""
    key = ("--key", log.verifier.text)

    assert "a receipt has the format 'clausewise-receipt-v1'" in run(*key, wrong=growth())[1]
    assert "a consistency document has the format" in run(*key, "--since", "kept.txt", wrong=receipt())[1]


def test_the_exit_status_tells_the_worst(run):
    """0 all is proven, 1 a check failed, 2 nothing could be checked."""
    key = ("--key", log.verifier.text)

    assert run(*key, one=receipt(), two=receipt(3, 3))[0] == 0
    assert run(*key, one=receipt(), two=receipt() | {"sequence": 16})[0] == 1
    assert run(*key, one=receipt() | {"sequence": 16}, two="no JSON")[0] == 1
    assert run(*key, one=receipt(), two="no JSON")[0] == 2
    assert run(*key, "not-there", one=receipt())[0] == 2
    assert run(*key)[0] == 2
    assert run(one=receipt())[0] == 2
    assert run("--key", "no key", one=receipt())[0] == 2
    assert run("--key-file", "not-there", one=receipt())[0] == 2
    assert run(*key, "--since", "not-there", one=growth())[0] == 2
    assert run(*key, "--help")[0] == 0


def test_a_private_key_given_by_mistake_is_not_shown(run):
    """What a terminal shows is soon in a log."""
    status, told = run("--key", log.text, one=receipt())

    assert (status, log.text.split("+", 4)[4] in told) == (2, False)
    assert "private" in told


@pytest.mark.parametrize(
    "content",
    [
        "[" * 100_000,
        '{"format":' + "[" * 400 + "]" * 400 + "}",
        '{"sequence": ' + "9" * 10_000 + "}",
        '{"sequence": 1e999}',
        '{"sequence": NaN}',
        '{"format": "clausewise-receipt-v1", "format": "clausewise-receipt-v1"}',
        "[]",
        "null",
        '"\\ud800"',
        "\ud800",
        "\ufeff{}",
        "",
        "\x00",
    ],
)
def test_hostile_files_are_refused_without_a_traceback(run, content):
    """Whoever made the file may wish us ill."""
    status, told = run("--key", log.verifier.text, bad=content)

    assert status in {1, 2}
    assert told.startswith("bad: ")


def test_what_a_file_says_cannot_move_the_cursor(run):
    """An escape sequence in a refused receipt could print «proven» over the refusal."""
    note = write_note("ba\u009b1Ad\u202e\n1\n\n", [stranger])
    for document in (receipt() | {"a\x1b[1A\ud800": 1}, receipt() | {"checkpoint": note}):
        status, told = run("--key", log.verifier.text, "--key", stranger.verifier.text, bad=document)

        assert status == 1
        assert told.replace("\n", "").isprintable()


def test_deep_entries_are_refused():
    """The entry is a text within a text."""
    text = '{"facts":' + "[" * 100_000 + "]" * 100_000 + "}"
    leaf = leaf_hash(text.encode())
    document = receipt(1, 1) | {"entry": text, "checkpoint": signed(1, root=leaf)}

    assert refusal(document) == "entry: JSON: it is nested too deeply"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[]", "entry: it is not a JSON object"),
        ("{", "entry: it is not JSON"),
        ('{"id":"a","id":"b"}', "entry: JSON: the member id stands twice"),
        ('{"id":1e400}', "entry: JSON: a number is too large"),
        ('{"id":' + "9" * 4301 + "}", "entry: JSON: a number is too large"),
    ],
)
def test_an_entry_that_readers_could_disagree_about_is_refused(text, why):
    """Even when the log holds it."""
    document = receipt(1, 1) | {"entry": text, "checkpoint": signed(1, root=leaf_hash(text.encode()))}

    assert refusal(document).startswith(why)


@pytest.mark.parametrize("number", [10**400, -(10**4300 - 1)])
def test_an_entry_with_an_integer_beyond_the_doubles_is_proven(number):
    """Such facts were taken once; every reader reads their digits alike."""
    text = f'{{"facts":{{"loan":{{"pages":{number}}}}}}}'
    document = receipt(1, 1) | {"entry": text, "checkpoint": signed(1, root=leaf_hash(text.encode()))}

    assert verify.check_receipt(document, KEYS).entry["facts"]["loan"]["pages"] == number


def test_entries_that_are_no_decisions_are_proven_as_well(run):
    """A log may hold other things: what they have of the usual members is shown."""
    text = '{"id":"x","kind":"erasure"}'
    document = receipt(1, 1) | {"entry": text, "checkpoint": signed(1, root=leaf_hash(text.encode()))}
    status, told = run("--key", log.verifier.text, erasure=document)

    assert status == 0
    assert "kind        erasure" in told
    assert "policy" not in told


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (
            {"entry": ENTRIES[16].replace("1.0.0", "1.0.1")},
            "inclusion proof: the entry at sequence 17 and the proof make",
        ),
        ({"entry": ENTRIES[16] + " "}, "inclusion proof: the entry at sequence 17"),
        ({"entry": ENTRIES[15]}, "inclusion proof: the entry at sequence 17"),
        ({"entry": "\ud800"}, "entry: it has half of a surrogate pair"),
        ({"entry": {}}, "entry: it must be a string"),
        ({"sequence": 16}, "inclusion proof: the entry at sequence 16"),
        ({"sequence": 18}, "inclusion proof: the entry at sequence 18"),
        ({"sequence": 25}, "inclusion proof: it has too many hashes for entry 25 of 25"),
        ({"sequence": 26}, "sequence: 26 is beyond the checkpoint, which signs 25 entries"),
        ({"sequence": 0}, "sequence: it must be an integer"),
        ({"sequence": -1}, "sequence: it must be an integer"),
        ({"sequence": 2**63}, "sequence: it must be an integer"),
        ({"sequence": True}, "sequence: it must be an integer"),
        ({"sequence": 17.0}, "sequence: it must be an integer"),
        ({"sequence": "17"}, "sequence: it must be an integer"),
        ({"sequence": None}, "sequence: it must be an integer"),
        ({"proof": {}}, "proof: it must be an array"),
        ({"proof": [None]}, "proof: hash 1 is not 32 bytes in base64"),
        ({"proof": ["AAAA"]}, "proof: hash 1 is not 32 bytes in base64"),
        ({"proof": ["é"]}, "proof: hash 1 is not 32 bytes in base64"),
        ({"proof": []}, "inclusion proof: it has too few hashes for entry 17 of 25"),
        (
            {"format": "clausewise-receipt-v2"},
            "format: a receipt has the format 'clausewise-receipt-v1', this one clausew",
        ),
        ({"format": ["x"]}, "format: a receipt has the format 'clausewise-receipt-v1', this one an array"),
        ({"more": 1}, "format: the receipt has a member more, which"),
        ({"opened": []}, "opened: it, and 'personal' in the entry, must be objects"),
        ({"checkpoint": None}, "checkpoint: it must be a string"),
        ({"checkpoint": ""}, "checkpoint: it is no signed note"),
        ({"checkpoint": signed(25)[:-1]}, "checkpoint: it is no signed note"),
        ({"checkpoint": signed(25).replace("\n", "\r\n")}, "checkpoint: it is no signed note"),
        ({"checkpoint": signed(25) + "more\n"}, "checkpoint: a signature line is not"),
        ({"checkpoint": signed(25, *[log] * 64) + "— a AAAAAAA=\n"}, "checkpoint: it has 65 signatures"),
        ({"checkpoint": signed(25).replace("\n25\n", "\n26\n")}, "signature of the checkpoint: that by library"),
        ({"checkpoint": signed(25).replace(NAME + "\n", "other\n")}, "signature of the checkpoint: that by library"),
        ({"checkpoint": signed(25, stranger)}, "signature of the checkpoint: none is by a key you trust (library"),
        ({"checkpoint": signed(25, Signer.generate(NAME))}, "signature of the checkpoint: none is by a key you trust"),
        ({"checkpoint": signed(25, origin="other")}, "checkpoint: it is of the log 'other', but signed as 'library"),
        ({"checkpoint": signed(24)}, "inclusion proof: "),
        ({"checkpoint": signed(0)}, "sequence: 17 is beyond the checkpoint, which signs 0 entries"),
        ({"checkpoint": signed(25, root=bytes(32))}, "inclusion proof: the entry at sequence 17 and the proof make"),
        ({"checkpoint": write_note("x\n", [log])}, "checkpoint: its text is not the lines"),
        ({"checkpoint": write_note(f"{NAME}\n025\n{'A' * 43}=\n", [log])}, "checkpoint: its text is not the lines"),
        ({"checkpoint": write_note(f"{NAME}\n{2**63}\n{'A' * 43}=\n", [log])}, "size in the checkpoint: it must be"),
    ],
)
def test_what_was_changed_is_named(change, why):
    """The auditor must know whom to ask."""
    assert refusal(receipt() | change).startswith(why)


@pytest.mark.parametrize("name", sorted(receipt()))
def test_a_member_that_is_missing_is_named(name):
    """None can be done without."""
    document = receipt()
    del document[name]

    assert refusal(document).startswith("format: ")
    assert name in refusal(document)


@pytest.mark.parametrize("at", range(len(receipt()["proof"])))
def test_no_hash_of_a_proof_can_be_changed_dropped_or_added(at):
    """Each is needed, in its place."""
    good = receipt()["proof"]
    changed = encoded([bytes([b64decode(good[at])[0] ^ 1]) + b64decode(good[at])[1:]])[0]
    added, dropped = [*good[:at], good[at], *good[at:]], [*good[:at], *good[at + 1 :]]

    assert refusal(receipt() | {"proof": [*good[:at], changed, *good[at + 1 :]]}).startswith(
        "inclusion proof: the entry"
    )
    assert refusal(receipt() | {"proof": dropped}).startswith("inclusion proof: it has too few hashes")
    assert refusal(receipt() | {"proof": added}).startswith("inclusion proof: it has too many hashes")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"json": '"zoe@library.example"'}, "its salt and value don't have the hash"),
        ({"salt": b64encode(bytes(32)).decode()}, "its salt and value don't have the hash"),
        ({"salt": b64encode(SALT[:-1]).decode()}, "its salt is not 32 bytes in base64"),
        ({"salt": b64encode(SALT + b'"').decode(), "json": CONTACT[1:]}, "its salt is not 32 bytes in base64"),
        ({"salt": "?"}, "its salt is not 32 bytes in base64"),
        ({"json": "\ud800"}, "it has half of a surrogate pair"),
        ({"more": ""}, "it must have the members 'salt' and 'json', and no others"),
        ({"salt": 1}, "it must be a string"),
        ({"json": {}}, "it must be a string"),
    ],
)
def test_a_personal_fact_is_shown_as_it_was_or_not_at_all(change, why):
    """Bytes can't be moved from the value to the salt, either."""
    document = opened()
    document["opened"]["loan.contact"] |= change

    assert why in refusal(document)
    assert "opened fact loan.contact" in refusal(document)


def test_a_fact_that_the_entry_does_not_name_is_refused():
    """Anything could be claimed of it."""
    document = opened()
    document["opened"]["loan.name"] = document["opened"]["loan.contact"]

    assert refusal(document) == "opened fact loan.name: the entry says nothing of it"
    assert refusal(receipt() | {"opened": {"loan.contact": None}}).startswith("opened fact loan.contact: it must have")


def introduces(*signers: Signer, size: int) -> str:
    """A note in which keys sign for the last of them, which speaks from a size on."""
    return write_note(Introduction(signers[-1].verifier, size).text, signers)


def known(*signers: Signer) -> list:
    """Keys as the script has them."""
    return [verify.parse_key(each.verifier.text) for each in signers]


@pytest.mark.parametrize("trusted", [[0], [1], [2], [3], [0, 2], [1, 3], [0, 1, 2, 3]])
def test_whoever_trusts_any_key_of_the_log_is_led_to_the_last(trusted):
    """Introductions that lead nowhere are passed over: they led to the key that is trusted."""
    chain = [log, *(Signer.generate(NAME) for _ in range(3))]
    notes = [introduces(*pair, size=5 * at) for at, pair in enumerate(pairwise(chain), start=1)]
    told = {"introductions": notes, "checkpoint": signed(25, chain[3])}

    keys = known(*(chain[each] for each in trusted))
    earlier = 5 * trusted[0] + 2  # when the first of them spoke
    assert verify.check_receipt(receipt() | told, keys).checkpoint.since == (0 if 3 in trusted else 15)
    verify.check_consistency(growth(earlier) | told, signed(earlier, chain[trusted[0]]), keys)


def test_a_checkpoint_by_none_to_whom_introductions_lead_is_refused():
    """However many there are that lead nowhere."""
    chain = [Signer.generate(NAME) for _ in range(3)]
    notes = [introduces(*pair, size=12 + at) for at, pair in enumerate(pairwise(chain))]
    told = {"introductions": notes, "checkpoint": signed(25, chain[2])}

    assert "none is by a key you trust" in refusal(receipt() | told)


@pytest.mark.parametrize(
    ("trusts_new", "is_signed_by_old", "comes_back"),
    [
        (False, True, False),
        (False, True, True),
        (True, True, False),
        (True, True, True),
        (True, False, False),
    ],
)
def test_a_key_that_was_replaced_makes_no_other_known(trusts_new, is_signed_by_old, comes_back):
    """Whoever finds it makes no key of theirs the log's; nor does it come back by its own word."""
    new, thief = Signer.generate(NAME), Signer.generate(NAME)
    first = introduces(*([log] if is_signed_by_old else []), new, size=12)
    notes = [first, *([introduces(log, size=13)] if comes_back else []), introduces(log, thief, size=14)]
    keys = known(log, *([new] if trusts_new else []))

    verify.check_receipt(receipt() | {"introductions": notes, "checkpoint": signed(25, new)}, keys)
    assert "none is by a key you trust" in refusal(
        receipt() | {"introductions": notes, "checkpoint": signed(25, thief)}, keys
    )


def test_trusted_keys_may_follow_without_the_word_of_the_old_one():
    """It was lost; who trusts them was told so on another way."""
    second, third, last = (Signer.generate(NAME) for _ in range(3))
    notes = [introduces(second, size=3), introduces(third, size=4), introduces(third, last, size=5)]
    told = {"introductions": notes, "checkpoint": signed(25, last)}

    verify.check_receipt(receipt() | told, known(second, third))
    assert "none is by a key you trust" in refusal(receipt() | told, known(log, second))


def test_more_signatures_do_no_harm():
    """Those of keys that nobody knows are passed over; a wrong one by a known key refuses the checkpoint."""
    both = receipt() | {"checkpoint": signed(25, stranger, log)}
    wrong = receipt() | {"checkpoint": signed(25) + signed(24).rpartition("\n\n")[2]}

    assert verify.check_receipt(both, KEYS).checkpoint.key == KEYS[0]
    assert verify.check_receipt(both, [verify.parse_key(stranger.verifier.text), *KEYS]).checkpoint.key == KEYS[0]
    assert refusal(wrong).startswith("signature of the checkpoint: that by library")


@pytest.mark.parametrize(
    ("change", "earlier", "why"),
    [
        ({"from": 10}, signed(11), "sizes: the document goes from 10 to 25 entries, the checkpoints from 11 to 25"),
        ({"to": 26}, signed(11), "sizes: the document goes from 11 to 26"),
        ({"from": -1}, signed(11), "from: it must be an integer"),
        ({"to": 1.5}, signed(11), "to: it must be an integer"),
        ({"proof": []}, signed(11), "consistency proof: it has too few hashes"),
        ({}, signed(10), "sizes: the document goes from 11 to 25 entries, the checkpoints from 10 to 25"),
        ({}, signed(11, root=bytes(32)), "consistency proof: it doesn't lead to the root of the earlier checkpoint"),
        ({}, signed(11, stranger), "signature of the earlier checkpoint: none is by a key you trust"),
        ({}, signed(11).replace("\n11\n", "\n12\n"), "signature of the earlier checkpoint: that by library"),
        ({}, "", "earlier checkpoint: it is no signed note"),
        (growth(11, 11) | {"proof": ["A" * 43 + "="]}, signed(11), "consistency proof: it has too many hashes"),
        (growth(11, 11), signed(11, root=bytes(32)), "roots: both checkpoints sign 11 entries, but not the same"),
        (growth(0, 11), signed(0, root=bytes(32)), "earlier checkpoint: it signs no entries, but its root"),
        (growth(11, 11) | {"from": 25}, signed(25), "sizes: the log had 25 entries and now has 11"),
        ({"checkpoint": signed(25, root=bytes(32))}, signed(11), "consistency proof: it doesn't lead from the earlier"),
        ({"checkpoint": signed(25, stranger)}, signed(11), "signature of the checkpoint: none is by a key you trust"),
        (receipt(), signed(11), "format: a consistency document has the format 'clausewise-consistency-v1'"),
    ],
)
def test_growth_that_is_not_shown_is_refused(change, earlier, why):
    """A log that has changed its past, or shows two faces, must not get by."""
    assert refusal_of_growth(growth() | change, earlier).startswith(why)


def test_growth_is_that_of_one_log():
    """The same operator may have two."""
    other = sign_checkpoint(Checkpoint("stranger.example", 11, Frontier().extended(LEAVES[:11]).root()), [stranger])
    keys = [*KEYS, verify.parse_key(stranger.verifier.text)]

    assert refusal_of_growth(growth(), other, keys).startswith(
        "origin: the earlier checkpoint is of 'stranger.example'"
    )


@pytest.mark.parametrize("at", range(len(growth()["proof"])))
def test_no_hash_of_a_consistency_proof_can_be_changed_dropped_or_added(at):
    """Each is needed, in its place."""
    good = growth()["proof"]
    changed = encoded([bytes([b64decode(good[at])[0] ^ 1]) + b64decode(good[at])[1:]])[0]
    for proof in ([*good[:at], changed, *good[at + 1 :]], [*good[:at], *good[at + 1 :]], [good[at], *good]):
        assert refusal_of_growth(growth() | {"proof": proof}, signed(11)).startswith("consistency proof: ")


ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(), max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)
GOOD, KEPT = opened(), signed(11)


@given(st.data())
def test_whatever_stands_in_a_receipt_it_is_proven_or_refused(data):
    """A member, or one inside, becomes any JSON value; only what says the same may pass."""
    document = deepcopy(GOOD)
    inside = data.draw(st.sampled_from([document, document["opened"], document["opened"]["loan.contact"]]))
    inside[data.draw(st.sampled_from([*inside, "new"]))] = data.draw(ODD)
    if document != GOOD and document != {name: GOOD[name] for name in receipt()} | {"opened": {}}:
        refusal(document)


@given(st.data())
def test_no_changed_character_of_a_receipt_passes(data):
    """Of the entry, a hash, the checkpoint, a salt or a value."""
    document = deepcopy(GOOD)
    fact = document["opened"]["loan.contact"]
    inside, name = data.draw(
        st.sampled_from([(document, "entry"), (document, "checkpoint"), (fact, "salt"), (fact, "json")])
        | st.sampled_from([(document["proof"], at) for at in range(len(document["proof"]))])
    )
    at = data.draw(st.integers(0, len(inside[name]) - 1))
    other = data.draw(st.characters().filter(lambda character: character != inside[name][at]))
    inside[name] = inside[name][:at] + other + inside[name][at + 1 :]

    refusal(document)


@given(st.data())
def test_whatever_stands_in_a_consistency_document_it_is_proven_or_refused(data):
    """As of a receipt."""
    document = growth()
    document[data.draw(st.sampled_from([*document, "new"]))] = data.draw(ODD)
    if document != growth():
        refusal_of_growth(document, KEPT)


def called(*arguments, cwd, **settings):
    """Run the script as a shell does."""
    return subprocess.run(
        [sys.executable, *arguments], cwd=cwd, stderr=subprocess.PIPE, text=True, check=False, **settings
    )


def test_without_the_library_it_says_what_to_install(tmp_path):
    """An auditor's machine has Python and nothing else."""
    (tmp_path / "cryptography").mkdir()
    (tmp_path / "cryptography" / "__init__.py").write_text("raise ImportError")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = called(SCRIPT, "receipt.json", cwd=tmp_path, env=environment)

    assert done.returncode == 2
    assert done.stderr == "the library 'cryptography' is needed: python3 -m pip install cryptography\n"


def test_a_result_that_can_t_be_written_is_no_proof(tmp_path):
    """A full disk, a reader that went away and an output that is closed end with 2 and a sentence."""
    arguments = ["--key", log.verifier.text, "one.json"]
    (tmp_path / "one.json").write_text(json.dumps(receipt()))
    with Path("/dev/full").open("w") as full:
        filled = called(SCRIPT, *arguments, cwd=tmp_path, stdout=full)
    reading, writing = os.pipe()
    os.close(reading)
    broken = called(SCRIPT, *arguments, cwd=tmp_path, stdout=writing)
    os.close(writing)
    closed = subprocess.run(
        ["sh", "-c", f"{sys.executable} {SCRIPT} {' '.join(arguments)} >&-"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert (filled.returncode, broken.returncode, closed.returncode) == (2, 2, 2)
    assert filled.stderr == "the result can't be written: No space left on device\n"
    assert broken.stderr == "the result can't be written: Broken pipe\n"
    assert closed.stderr == "there is no standard output for the result\n"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"\xff\xfe", "bad is not UTF-8"),
        (b"# keys\nno key", "bad, line 2: the key is not"),
        (log.text.encode(), "bad, line 1: that key is a private one"),
        (b"{", "bad is no list of keys of a log"),
        (b'{"keys": ["x"]}', "bad is no list of keys of a log"),
        (b'{"keys": 3}', "bad is no list of keys of a log"),
        (b'{"keys": [], "introductions": ["x"]}', "bad is no list of keys of a log"),
    ],
    ids=["no text", "no key", "a private key", "no JSON", "a key that is none", "no keys", "no introduction"],
)
def test_messages_about_a_key_file_name_it(run, tmp_path, content, says):
    """There may be several; and no message shows what is secret."""
    (tmp_path / "bad").write_bytes(content)
    status, told = run("--key-file", "bad", one=receipt())

    assert (status, told.startswith(says)) == (2, True)
    assert log.text[-20:] not in told


def test_the_logs_list_of_keys_brings_introductions_that_a_receipt_can_not_know(run, tmp_path):
    """It was given before the key was changed; the list is what the log answers years later."""
    new = Signer.generate(NAME)
    keys = [log.verifier.text, new.verifier.text]
    (tmp_path / "lines").write_text("\n".join(keys))
    (tmp_path / "list").write_text(json.dumps({"keys": keys, "introductions": [introduces(log, new, size=30)]}))

    status, told = run("--key-file", "lines", one=receipt())
    assert (status, "nothing tells which of the keys" in told) == (1, True)
    assert run("--key-file", "list", one=receipt())[0] == 0


def test_whoever_trusts_only_a_key_that_was_replaced_is_told(run):
    """The receipt proves something; the key that signs now is to be kept too."""
    new = Signer.generate(NAME)
    later = receipt() | {"introductions": [introduces(log, new, size=12)], "checkpoint": signed(25, new)}

    status, told = run("--key", log.verifier.text, one=later)
    assert (status, "introduced  at size 12, in place of a key you trust" in told) == (0, True)
    assert "introduced" not in run("--key", new.verifier.text, one=later)[1]


def test_messages_about_files_name_them_in_plain_words(run, tmp_path):
    """Numbers of errors are for programs."""
    key = ["--key", log.verifier.text]
    (tmp_path / "bad").write_bytes(b"\xff")

    assert run(*key, "not-there")[1] == "not-there: UNREADABLE\n  not-there can't be read: No such file or directory\n"
    assert run(*key, "--since", "not-there", one=growth())[1] == "not-there can't be read: No such file or directory\n"
    assert run(*key, "--since", "bad", one=growth())[1] == "bad is not UTF-8\n"
    assert "UNREADABLE\n  bad is not UTF-8" in run(*key, "bad")[1]
