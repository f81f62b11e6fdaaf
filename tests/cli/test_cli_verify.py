"""`clausewise audit verify`: whom it believes, what it says of a log and of an export, and what it refuses."""

import json

import pytest
from uuid6 import uuid7

from service.audit.exporting.exports import write_export
from service.audit.log.entries import write_entry
from service.audit.log.notary import Notary, verifiers
from service.audit.log.receipts import checkpoint
from service.audit.log.rotation import rotate
from service.audit.log.stamps import Stamp
from service.audit.log.store import Store
from service.audit.proof.checkpoints import open_checkpoint, sign_checkpoint
from service.audit.proof.key_files import read_key
from service.audit.proof.notes import Signer, Verifier
from service.audit.storage.databases import open_database
from service.decision.desk import Desk
from service.decision.requests import read_request

NAME = "library.example/log"


class Log:
    """A log in a file, its key beside it."""

    def __init__(self, path, pack):
        self.path = path
        self.store = Store(open_database(str(self.path)), Notary(path.with_name("audit.db.key"), NAME))
        self.store.prepare()
        self.pack = pack
        self.decided = Desk([pack]).decide(read_request({"facts": {}}))

    def append(self, count):
        """Append so many decisions."""
        for _ in range(count):
            self.store.append(write_entry(self.decided, Stamp(str(uuid7()), "2026-01-31T09:00:00.000Z")), self.pack)

    def sign(self):
        """Return a checkpoint over all."""
        return checkpoint(self.store).note

    @property
    def keys(self):
        """The public keys, as text."""
        with self.store.database.reading() as connection:
            return [each.text for each in verifiers(connection)]


@pytest.fixture
def log(tmp_path, empty_log_at, late_returns_pack):
    """A log without entries."""
    made = Log(empty_log_at(tmp_path / "audit.db"), late_returns_pack)
    yield made
    made.store.close()


@pytest.fixture
def verify(call, log):
    """Return what checks the log."""
    return lambda *options: call("audit", "verify", "--database", log.path, *options)


def test_all_of_a_log_is_told_in_a_line(verify, log):
    """Of one entry as of several; and nobody has vouched for the key."""
    log.append(1)
    log.sign()
    first = verify()
    log.append(2)
    log.sign()
    second = verify()

    told = "Nobody vouched for these keys, which the log names itself"
    assert first.stdout.splitlines() == [
        "1 entry, as it was signed; checkpoints that hold: 1.",
        f"{told}; give --key or --key-file with the one that you were given:",
        f"  {log.keys[0]}",
    ]
    assert second.stdout.splitlines()[0] == "3 entries, all as they were signed; checkpoints that hold: 2."
    assert (first.exit_code, second.exit_code) == (0, 0)


def test_what_is_under_no_signature_is_not_said_to_be_signed(verify, log):
    """A log whose checkpoints were deleted looks like one that was never signed."""
    log.append(3)
    log.sign()
    log.append(2)
    done = verify("--key", log.keys[0])

    assert done.exit_code == 0
    assert done.stdout.splitlines() == [
        "5 entries, nothing found; checkpoints that hold: 1.",
        "3 of 5 entries are under a signature; `clausewise audit checkpoint` signs one over all.",
        "Whether checkpoints were deleted can only be told by one that was kept: give it to --checkpoint.",
    ]


def test_a_log_without_a_key_is_told_so(call, tmp_path, log):
    """`decide --database` makes such; there is nobody who could sign."""
    store = Store(open_database(str(tmp_path / "bare.db")))
    store.prepare()
    empty = call("audit", "verify", "--database", tmp_path / "bare.db")
    store.append(write_entry(log.decided, Stamp()), log.pack)
    store.close()
    one = call("audit", "verify", "--database", tmp_path / "bare.db")
    no_key = (
        "The log has no signing key yet: `clausewise serve` makes one when it starts, "
        "`clausewise audit checkpoint` at once."
    )

    assert empty.stdout.splitlines() == ["The log has no entries yet.", no_key]
    assert one.stdout.splitlines() == [
        "1 entry, nothing found; checkpoints that hold: 0.",
        "0 of 1 entry is under a signature.",
        "Whether checkpoints were deleted can only be told by one that was kept: give it to --checkpoint.",
        no_key,
    ]


# keys


def test_keys_are_given_in_a_file_as_they_are_printed(call, verify, log, tmp_path):
    """After a rotation there are two lines; comments and empty lines are passed over."""
    log.append(1)
    rotate(log.store, log.store.notary, "yearly", "anna")
    printed = call("audit", "keys", "--database", log.path).stdout
    (tmp_path / "log.pub").write_text(f"# of the library\n\n{printed}")
    done = verify("--key-file", tmp_path / "log.pub", "--format", "json")

    assert done.exit_code == 0, done.stdout
    assert json.loads(done.stdout)["keys"] == log.keys
    assert json.loads(done.stdout)["keys_vouched"] is True


def test_a_list_of_keys_as_json_brings_their_introductions(call, verify, log, tmp_path):
    """An export that was made before the key was changed knows nothing of the new one."""
    log.append(1)
    call("audit", "export", "--database", log.path, tmp_path / "export")
    rotate(log.store, log.store.notary, "yearly", "anna")
    lines = tmp_path / "log.pub"
    listed = tmp_path / "keys.json"
    lines.write_text(call("audit", "keys", "--database", log.path).stdout)
    listed.write_text(call("audit", "keys", "--database", log.path, "--format", "json").stdout)
    export = ["--export", tmp_path / "export"]

    refused = call("audit", "verify", *export, "--key-file", lines)
    assert refused.exit_code == 1
    assert "nothing tells which of the keys" in refused.stdout
    assert call("audit", "verify", *export, "--key-file", listed).exit_code == 0
    assert verify("--key-file", listed).exit_code == 0


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"keys": []}', "holds no key"),
        ('{"keys": ["x"]}', "is no list of keys"),
        ('{"keys": 3}', "is no list of keys"),
        ('{"keys": [], "introductions": ["x"]}', "is no list of keys"),
        ("{", "is no list of keys"),
    ],
)
def test_what_is_no_list_of_keys_is_told(verify, tmp_path, text, says):
    """Whatever else is JSON."""
    (tmp_path / "keys.json").write_text(text)
    done = verify("--key-file", tmp_path / "keys.json")

    assert done.exit_code == 2
    assert says in " ".join(done.stderr.split())


def test_whoever_gives_only_a_replaced_key_is_told(verify, log):
    """In a text that says which one speaks now, and as JSON."""
    log.append(1)
    rotate(log.store, log.store.notary, "yearly", "anna")
    old, new = log.keys
    text, told = (verify("--key", old, "--format", form).stdout for form in ("text", "json"))

    assert "was replaced at entry 2. Keep the key that speaks since, too:" in text
    assert text.splitlines()[-1] == f"  {new}"
    assert json.loads(told)["keys_replaced"] == [{"key": old, "at": 2, "by": new}]


def test_several_keys_in_one_option_are_told(call, verify, log):
    """As `--key "$(cat log.pub)"` gives them."""
    log.append(1)
    rotate(log.store, log.store.notary, "yearly", "anna")
    done = verify("--key", "\n".join(log.keys))

    assert done.exit_code == 2
    assert "These are 2 keys; give each its own --key, or the file to --key-file." in done.stderr


def test_a_private_key_is_told_to_be_one_and_never_shown(verify, tmp_path):
    """Nobody who checks needs it."""
    secret = Signer.generate(NAME).text
    (tmp_path / "key").write_text(f"{secret}\n")
    for options in (["--key", secret], ["--key-file", tmp_path / "key"]):
        done = verify(*options)
        assert done.exit_code == 2
        assert "This is a private key: keep it secret." in done.stderr
        assert secret[-20:] not in done.stderr


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "holds no key."),
        (b"# nothing\n", "holds no key."),
        (b"\xff", "is no file of keys: it is not UTF-8."),
        (b"# one\nnonsense", "line 2: The text of a public key"),
    ],
)
def test_a_file_without_keys_is_refused_by_name(verify, tmp_path, content, says):
    """An empty list of keys would believe anybody."""
    (tmp_path / "log.pub").write_bytes(content)
    done = verify("--key-file", tmp_path / "log.pub")

    assert (done.exit_code, done.stdout) == (2, "")
    assert f"'{tmp_path / 'log.pub'}'" in done.stderr
    assert says in done.stderr


def test_a_file_that_is_not_there_is_refused_by_name(verify, tmp_path):
    """As a folder is."""
    assert "can't be read: No such file" in verify("--key-file", tmp_path / "none").stderr
    assert "can't be read: Is a directory" in verify("--key-file", tmp_path).stderr


# checkpoints


@pytest.fixture
def kept(log, tmp_path):
    """Return what keeps a checkpoint in a file of a name."""

    def keep(name, note):
        (tmp_path / name).write_text(note)
        return tmp_path / name

    return keep


def test_what_came_of_each_checkpoint_is_told(verify, log, kept):
    """By the name of its file."""
    log.append(2)
    first = kept("first.txt", log.sign())
    log.append(1)
    log.sign()
    other = Signer.generate("other.example/log")
    foreign = kept("foreign.txt", first.read_text().replace(NAME, other.name))
    done = verify("--key", log.keys[0], "--checkpoint", first, "--checkpoint", foreign)
    told = json.loads(verify("--checkpoint", first, "--format", "json").stdout)

    assert done.exit_code == 1
    assert f"{first}: the log continues it (2 entries)" in done.stdout.splitlines()
    assert f"{foreign}: can't be believed: The note is not signed by a known key." in done.stdout
    assert told["given"] == [{"file": str(first), "size": 2, "state": "continued"}]


def test_a_checkpoint_by_a_key_that_was_replaced_is_not_believed(verify, log, kept):
    """Whoever has the old key could sign what they like; that it is true this time proves nothing."""
    log.append(2)
    log.sign()
    with log.store.database.reading() as connection:
        old = read_key(log.store.notary.path, verifiers(connection)[0])
    rotate(log.store, log.store.notary, "yearly", "anna")
    log.append(1)
    true = open_checkpoint(log.sign(), map(Verifier.parse, log.keys))
    late = kept("late.txt", sign_checkpoint(true, [old]))
    genuine = kept("genuine.txt", log.sign())
    done = verify("--key", log.keys[0], "--checkpoint", late, "--checkpoint", genuine)

    assert done.exit_code == 1
    assert f"{genuine}: the log continues it (4 entries)" in done.stdout.splitlines()
    told = f"{late}: can't be believed: it is signed with a key that was replaced at entry 3."
    assert told in done.stdout.splitlines()


def test_a_log_that_does_not_continue_a_checkpoint_is_told_so(call, log, kept, tmp_path):
    """Another log with the same key."""
    log.append(3)
    log.sign()
    with log.store.database.reading() as connection:
        signer = read_key(log.store.notary.path, verifiers(connection)[0])
    (tmp_path / "other").mkdir()
    other = tmp_path / "other"
    (other / "audit.db.key").write_text(f"{signer.text}\n")
    (other / "audit.db.key").chmod(0o600)
    second = Log(other / "audit.db", log.pack)
    second.append(2)
    file = kept("second.txt", second.sign())
    second.append(9)
    longer = kept("longer.txt", second.sign())
    second.store.close()
    done = call(
        "audit", "verify", "--database", log.path, "--key", log.keys[0], "--checkpoint", file, "--checkpoint", longer
    )

    assert done.exit_code == 1
    assert f"{file}: the log does not continue it (2 entries)" in done.stdout.splitlines()
    assert f"{longer}: the log does not continue it (11 entries)" in done.stdout.splitlines()


@pytest.mark.parametrize("content", [b"", b"nonsense", b"a\n1\nxx\n\n\xe2\x80\x94 a AAAAAAAA\n", b"\xff"])
@pytest.mark.parametrize("is_export", [False, True])
def test_a_file_that_is_no_checkpoint_is_a_wrong_call(call, verify, log, tmp_path, content, is_export):
    """In both modes, with one wording, and its name."""
    log.append(2)
    log.sign()
    write_export(log.store, tmp_path / "march")
    (tmp_path / "kept.txt").write_bytes(content)
    if is_export:
        done = call("audit", "verify", "--export", tmp_path / "march", "--checkpoint", tmp_path / "kept.txt")
    else:
        done = verify("--checkpoint", tmp_path / "kept.txt")

    assert (done.exit_code, done.stdout) == (2, "")
    assert f"--checkpoint: '{tmp_path / 'kept.txt'}' is no checkpoint." in done.stderr


# exports


def test_an_export_tells_what_came_of_each_checkpoint(call, log, kept, tmp_path):
    """Those beyond it can't be compared."""
    log.append(2)
    inside = kept("inside.txt", log.sign())
    log.append(3)
    log.sign()
    write_export(log.store, tmp_path / "march", until=4)
    log.append(4)
    beyond = kept("beyond.txt", log.sign())
    done = call(
        "audit", "verify", "--export", tmp_path / "march", "--key", log.keys[0], "--checkpoint", inside,
        "--checkpoint", beyond,
    )  # fmt: skip

    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines() == [
        f"{inside}: the log continues it (2 entries)",
        f"{beyond}: can't be compared with this export (9 entries)",
        "4 entries, all as they were signed; sequences 1 to 4.",
    ]


def test_a_finding_about_a_checkpoint_names_its_file(call, log, kept, tmp_path):
    """Whoever gives several knows which."""
    log.append(2)
    note = log.sign()
    write_export(log.store, tmp_path / "march")
    foreign = kept("foreign.txt", note.replace(NAME, "other.example/log"))
    done = call("audit", "verify", "--export", tmp_path / "march", "--checkpoint", foreign, "--format", "json")
    told = json.loads(done.stdout)

    assert done.exit_code == 1
    assert told["findings"][0]["says"].startswith(f"The checkpoint in '{foreign}' can't be believed: ")
    assert told["given"] == [{"file": str(foreign), "size": 2, "state": "unbelieved"}]


def test_an_export_is_checked_without_the_log(call, verify, log, tmp_path):
    """To name both is a slip."""
    log.append(1)
    write_export(log.store, tmp_path / "march")
    done = verify("--export", tmp_path / "march")

    assert (done.exit_code, done.stdout) == (2, "")
    assert "--export and --database exclude each other" in done.stderr
    assert call("audit", "verify", "--export", tmp_path / "march").exit_code == 0


@pytest.mark.parametrize(
    ("members", "says"),
    [
        ({"after": 1}, "1 to 3, after 1, is no range of 3 entries."),
        ({"first": 2}, "2 to 3, after 0, is no range of 3 entries."),
        ({"left": ["A" * 43 + "="]}, "Left has 1 hashes; for 0 entries it has 0."),
        ({"format": "other"}, "Format must be 'clausewise-export-v1', not 'other'."),
    ],
)
def test_a_manifest_that_contradicts_itself_is_a_finding(call, log, kept, tmp_path, members, says):
    """Somebody has changed it: that the call was wrong would blame the one who looks."""
    log.append(3)
    inside = kept("inside.txt", log.sign())
    write_export(log.store, tmp_path / "march")
    manifest = tmp_path / "march" / "manifest.json"
    whole = json.loads(manifest.read_bytes())
    manifest.write_text(json.dumps({**whole, **members}))
    arguments = ["audit", "verify", "--export", tmp_path / "march", "--key", log.keys[0], "--checkpoint", inside]
    text, told = call(*arguments), call(*arguments, "--format", "json")
    manifest.write_text(json.dumps(whole))
    good = json.loads(call(*arguments, "--format", "json").stdout)

    says = f"The manifest can't be one that an export wrote. {says}"
    assert (text.exit_code, text.stderr, told.exit_code, told.stderr) == (1, "", 1, "")
    assert text.stdout.splitlines() == [
        says,
        f"{inside}: not compared: the export can't be read as a whole (3 entries)",
        "1 finding; nothing else of the export could be checked.",
    ]
    assert json.loads(told.stdout) == {
        **good,
        **dict.fromkeys(["entries", "first", "last", "signed"]),
        "agreeing": [],
        "findings": [{"code": "manifest", "says": says, "file": "manifest.json", "first": None, "last": None}],
        "given": [{"file": str(inside), "size": 3, "state": "unread"}],
    }


def test_a_folder_without_a_manifest_is_a_wrong_call(call, tmp_path):
    """It is no export, or one that was never finished."""
    done = call("audit", "verify", "--export", tmp_path)

    assert (done.exit_code, done.stdout) == (2, "")
    assert "manifest.json: The manifest can't be read: No such file or directory." in done.stderr


# the terminal


@pytest.mark.parametrize("columns", [40, 80])
def test_on_a_terminal_it_is_wrapped_and_keys_are_whole(verify, log, monkeypatch, columns):
    """A key that is broken can't be copied."""
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr("rich.console.Console.is_terminal", True)
    log.append(3)
    done = verify()
    lines = done.stdout.splitlines()

    assert any(log.keys[0] in line for line in lines)
    assert all(len(line.rstrip()) <= columns for line in lines if log.keys[0] not in line)


def test_on_a_terminal_the_verdict_is_green_and_findings_are_red(verify, log, kept, monkeypatch):
    """What is wrong is seen at once."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setattr("rich.console.Console.is_terminal", True)
    log.append(3)
    note = log.sign()
    good = verify("--key", log.keys[0]).stdout
    bad = verify("--checkpoint", kept("foreign.txt", note.replace(NAME, "other.example/log"))).stdout

    assert "\x1b[1;32m3 entries" in good
    assert "\x1b[31m" in bad
    assert "\x1b[1;31m3 entries" in bad
