"""Lines of a body: where they are cut, and how far ahead they are read."""

import time
from itertools import count
from threading import Event

import pytest

from service.web.lines import LONGEST_LINE, Line, LinesAhead, lines_of
from service.web.problems import Refusal


def told(*pieces):
    """Return the number of each line, and its text or the code of why there is none."""
    return [(line.number, line.text.code if isinstance(line.text, Refusal) else line.text) for line in lines_of(pieces)]


def test_the_line_that_does_not_come_is_refused_and_the_last_one():
    """Half of it may have come; those before it are lines all the same."""

    def pieces():
        yield b"a\n\nb\nhalf"
        raise Refusal("request-timeout", "too slow")

    assert [(line.number, getattr(line.text, "code", line.text)) for line in lines_of(pieces())] == [
        (1, b"a"),
        (3, b"b"),
        (4, "request-timeout"),
    ]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (b"", []),
        (b"\n", []),
        (b"a", [(1, b"a")]),
        (b"a\n", [(1, b"a")]),
        (b"a\nb", [(1, b"a"), (2, b"b")]),
        (b"a\r\nb\r\n", [(1, b"a"), (2, b"b")]),
        (b"\n \t\r\n\r\na\n\n", [(4, b"a")]),
        (b"a\rb\n", [(1, b"a\rb")]),
        (b"\x00\n\xff\n", [(1, b"\x00"), (2, b"\xff")]),
    ],
)
def test_lines_are_cut_at_line_feeds_wherever_the_pieces_are(text, lines):
    """Blank ones are counted, so that a number is that of an editor; a lone CR ends nothing."""
    assert told(text) == lines
    assert told(*(text[at : at + 1] for at in range(len(text)))) == lines
    assert told(text[:3], b"", text[3:]) == lines


def test_a_line_of_the_largest_size_is_whole_and_a_longer_one_is_only_told_of():
    """What follows it is read as if nothing had been."""
    most = b"x" * LONGEST_LINE

    assert told(most, b"\r\n", most + b"x\r", b"\nb") == [(1, most), (2, "too-large"), (3, b"b")]


def test_of_a_line_that_never_ends_no_more_is_kept_than_may_be():
    """Else one caller could take all memory."""
    assert told(*[b"x" * 65536] * 100) == [(1, "too-large")]
    frames = []

    def pieces():
        for _ in range(64):
            yield b"x" * 65536
            frames.append(len(cutting.gi_frame.f_locals["begun"]))

    cutting = lines_of(pieces())
    assert [line.number for line in cutting] == [1]
    assert max(frames) <= LONGEST_LINE + 2 * 65536


def test_lines_that_have_come_are_taken_together_and_one_that_comes_is_not_kept_waiting():
    """The first alone must not wait for a second."""
    may_go_on = Event()

    def lines():
        yield Line(1, b"a")
        may_go_on.wait(300)
        yield Line(2, b"b")
        yield Line(3, b"c")

    ahead = LinesAhead(lines())
    assert ahead.take() == [Line(1, b"a")]
    may_go_on.set()
    rest = []
    while taken := ahead.take():
        rest += taken
    assert rest == [Line(2, b"b"), Line(3, b"c")]
    assert ahead.take() == []


@pytest.mark.parametrize(("size", "most"), [(1, 65), (LONGEST_LINE // 4, 5), (LONGEST_LINE, 2)])
def test_no_more_is_read_ahead_than_may_be_held(size, most):
    """Neither in lines nor in bytes; and the thread ends when nobody takes any more."""
    read = []

    def lines():
        for number in count(1):
            read.append(number)
            yield Line(number, b"x" * size)

    ahead = LinesAhead(lines())
    while len(read) < most:
        time.sleep(0)
    ahead.close()
    ahead._thread.join()
    assert len(read) <= most + 1


def test_what_reading_raises_is_raised_behind_what_was_read():
    """Nothing that came is lost."""

    def lines():
        yield Line(1, b"a")
        raise OSError("cut")

    ahead = LinesAhead(lines())
    assert ahead.take() == [Line(1, b"a")]
    with pytest.raises(OSError, match="cut"):
        ahead.take()
