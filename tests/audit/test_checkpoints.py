"""Checkpoints as text, and who may sign them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.audit.proof.checkpoints import BadCheckpoint, Checkpoint, open_checkpoint, sign_checkpoint
from service.audit.proof.notes import BadNote, Signer, Verifier, note_signers, open_note, write_note

# From the specification: a checkpoint of Go's checksum database in which the log's name was replaced.
PUBLISHED = """example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
"""
SIGNED = """
— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
"""  # noqa: E501 - so it is published

GO_KEY = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"

NAME = "library.example/loans"
ROOT = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="
log = Signer.generate(NAME)
witness = Signer.generate("witness.example")
loans = Checkpoint(NAME, 17, bytes(range(32)))


def test_the_published_checkpoint_is_read_and_written():
    """The three lines of the specification."""
    checkpoint = Checkpoint.parse(PUBLISHED)

    assert (checkpoint.origin, checkpoint.size) == ("example.com/behind-the-sofa", 20852163)
    assert checkpoint.root.hex() == "0ac5186a91863e8e1d90c808014aa89bf5da8e3ee1d9f07630f0378f68f1ab62"
    assert checkpoint.text == PUBLISHED
    assert note_signers(PUBLISHED + SIGNED) == [("example.com/behind-the-sofa", "033de0ae")]


def test_a_checkpoint_of_a_log_in_use_is_verified():
    """Go's checksum database signed it; its origin is not its key's name, as we ask it to be."""
    text = PUBLISHED.replace("example.com/behind-the-sofa", "go.sum database tree")
    note = text + SIGNED.replace("example.com/behind-the-sofa", "sum.golang.org")
    key = Verifier.parse(GO_KEY)

    assert Checkpoint.parse(open_note(note, [key]).text).size == 20852163
    with pytest.raises(BadCheckpoint, match=r"is signed by sum\.golang\.org, but not by a key of that name"):
        open_checkpoint(note, [key])


@given(
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1),
    st.integers(0, 2**63 - 1),
    st.binary(min_size=32, max_size=32),
)
def test_what_is_written_is_read_again(origin, size, root):
    """Whatever the log is called."""
    checkpoint = Checkpoint(origin, size, root)

    assert Checkpoint.parse(checkpoint.text) == checkpoint


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "a line each"),
        (f"{NAME}\n17\n", "a line each"),
        (f"{NAME}\n17\n{ROOT}", "a line each"),
        (f"\n17\n{ROOT}\n", "a line each"),
        (f"{NAME}\n17\n{ROOT}\n\n", "a line each"),
        (f"{NAME}\n17\n{ROOT}\n\nmore\n", "a line each"),
        (f"{NAME}\n017\n{ROOT}\n", "decimal number"),
        (f"{NAME}\n00\n{ROOT}\n", "decimal number"),
        (f"{NAME}\n-1\n{ROOT}\n", "decimal number"),
        (f"{NAME}\n+1\n{ROOT}\n", "decimal number"),
        (f"{NAME}\n 1\n{ROOT}\n", "decimal number"),
        (f"{NAME}\n1_7\n{ROOT}\n", "decimal number"),
        (f"{NAME}\n0x11\n{ROOT}\n", "decimal number"),
        (f"{NAME}\n\u0661\u0667\n{ROOT}\n", "decimal number"),
        (f"{NAME}\n{'9' * 5000}\n{ROOT}\n", "decimal number"),
        (f"{NAME}\n{2**63}\n{ROOT}\n", r"from 0 to 2\*\*63 - 1"),
        (f"{NAME}\n17\n{ROOT[:-1]}\n", "is base64"),
        (f"{NAME}\n17\n{ROOT} \n", "is base64"),
        (f"{NAME}\n17\n{ROOT[:-2]}J=\n", "is base64"),
        (f"{NAME}\n17\nAAAA\n", "32 bytes, not 3"),
    ],
)
def test_a_checkpoint_has_one_form(text, why):
    """Two texts for one tree would be two signatures."""
    with pytest.raises(BadCheckpoint, match=why):
        Checkpoint.parse(text)


@pytest.mark.parametrize(
    ("origin", "size", "root"),
    [("", 1, bytes(32)), ("a\nb", 1, bytes(32)), (NAME, -1, bytes(32)), (NAME, 2**63, bytes(32)), (NAME, 1, bytes(31))],
)
def test_a_checkpoint_that_could_not_be_read_is_not_made(origin, size, root):
    """It would be signed next."""
    with pytest.raises(BadCheckpoint):
        Checkpoint(origin, size, root)


def test_further_lines_are_passed_over():
    """The specification allows them, and nobody can check what they say."""
    text = loans.text + "a line of another log's making\n"

    assert Checkpoint.parse(text) == loans
    assert open_checkpoint(write_note(text, [log]), [log.verifier]) == loans


def test_a_signed_checkpoint_is_opened_by_the_key_of_its_log():
    """With a witness's signature beside it, or without."""
    assert open_checkpoint(sign_checkpoint(loans, [log]), [log.verifier]) == loans
    assert open_checkpoint(sign_checkpoint(loans, [witness, log]), [log.verifier]) == loans
    assert open_checkpoint(sign_checkpoint(loans, [witness, log]), [log.verifier, witness.verifier]) == loans


def test_the_key_of_another_log_does_not_speak_for_this_one():
    """It is known, and its signature is good; but the origin isn't its own."""
    with pytest.raises(BadCheckpoint, match=r"is signed by witness\.example, but not by a key of that name"):
        open_checkpoint(write_note(loans.text, [witness]), [witness.verifier, log.verifier])
    with pytest.raises(BadCheckpoint, match="but not by a key of that name"):
        open_checkpoint(sign_checkpoint(loans, [witness, log]), [witness.verifier])
    with pytest.raises(BadCheckpoint, match="but not by a key of that name"):
        sign_checkpoint(loans, [witness])


def test_a_checkpoint_that_is_not_signed_by_a_known_key_is_refused():
    """Before anything that it says is looked at."""
    with pytest.raises(BadNote, match="not signed by a known key"):
        open_checkpoint(sign_checkpoint(loans, [log]), [Signer.generate(NAME).verifier])


def test_a_signed_text_that_is_no_checkpoint_is_refused():
    """A key might sign other notes, too."""
    with pytest.raises(BadCheckpoint, match="a line each"):
        open_checkpoint(write_note(f"{NAME}\n", [log]), [log.verifier])


@given(st.data())
def test_no_changed_checkpoint_is_opened(data):
    """Whichever character becomes another."""
    note = sign_checkpoint(loans, [log])
    at = data.draw(st.integers(0, len(note) - 1))
    other = data.draw(st.characters(codec="utf-8").filter(lambda character: character != note[at]))

    with pytest.raises(BadNote):
        open_checkpoint(note[:at] + other + note[at + 1 :], [log.verifier])
