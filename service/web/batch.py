"""The call that decides many cases: `POST /v1/decisions/batch`. A line is a request, and what answers it a line.

Lines are decided in groups, each committed before its answers leave: as many as have come while the group before was
worked on. Nothing is read on while the caller takes no answers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from flask import Blueprint, Response

from service.audit.log.entries import Kept, audit_of, write_entry
from service.audit.log.stamps import Stamp
from service.audit.log.store import Append, IdempotencyKey, Store
from service.decision.desk import Decided, Desk
from service.errors import MalformedJson
from service.jsontext import Json, canonical, parse
from service.web.answers import LINES, accept_lines, answer_lines
from service.web.bodies import check_media_type, read_key
from service.web.callers import current_caller, known_key, require
from service.web.gate import Gate
from service.web.lines import Line, LinesAhead, lines_of, pieces_of_body
from service.web.parameters import read_parameters
from service.web.problems import Refusal, problem_line, this_call
from service.web.stored import there

__all__ = ["MOST_BATCHES", "batch_calls"]

MOST_BATCHES = 4
"""Of one worker at the same time: each has a thread for as long as its caller takes."""


@dataclass(frozen=True, slots=True)
class _New:
    """A case that is decided, and is to be kept."""

    decided: Decided
    stamp: Stamp
    append: Append


def batch_calls(
    desk: Desk, store: Store | None, gate: Gate, batches: Gate, refused: Callable[[str], None]
) -> Blueprint:
    """Return the call.

    gate     where each group of lines takes a place among all that is decided
    batches  where the call takes one for as long as it lasts
    refused  counts the problem of a line, by its code
    """
    calls = Blueprint("batch", __name__)

    @calls.post("/v1/decisions/batch")
    def decide_all() -> Response:
        require("decide")
        accept_lines()
        read_parameters()
        key = read_key()
        check_media_type(LINES)
        call = _Call(desk, there(store), None if key is None else (known_key(key), key), refused)
        with ExitStack() as held:
            held.enter_context(batches)
            lines = LinesAhead(lines_of(pieces_of_body()))
            held.callback(lines.close)
            whole = held.pop_all()
            response = answer_lines(_answers(call, lines, gate, whole))
            response.call_on_close(whole.close)  # also where no line was ever asked for
            return response

    return calls


def _answers(call: _Call, lines: LinesAhead, gate: Gate, held: ExitStack) -> Iterator[bytes]:
    with held:
        while taken := lines.take():
            with gate.in_turn():
                answers = call.answers(taken)
            yield b"".join(answers)


class _Call:
    """What answers the lines of one call; when it does, the request is no longer the current one.

    key  its idempotency key as the log knows it and as the caller made it
    """

    def __init__(self, desk: Desk, log: Store, key: tuple[str, str] | None, refused: Callable[[str], None]) -> None:
        self._desk = desk
        self._log = log
        self._key = key
        self._refused = refused
        caller = current_caller()
        self._caller = None if caller is None else caller.name
        self._call = this_call()

    def answers(self, lines: Sequence[Line]) -> list[bytes]:
        """Return a line for each line: the decision document, or the problem. What was decided is on the disk."""
        found = [self._decided(line) for line in lines]
        kept = iter(self._log.append_each([each.append for each in found if isinstance(each, _New)]))
        outcomes = [(each, next(kept)) if isinstance(each, _New) else (None, each) for each in found]
        return [self._told(line, *outcome) + b"\n" for line, outcome in zip(lines, outcomes, strict=True)]

    def _decided(self, line: Line) -> _New | Kept | Exception:
        """Return what is to be kept of a line, what was kept of it before, or why it is refused."""
        try:
            body = _read(line)
            key = self._key_of(line, body)
            earlier = None if key is None else self._log.answered(key)
            return earlier if earlier is not None else self._new(body, key)
        except Exception as failure:  # noqa: BLE001 - of this line alone; whatever it is, it is told as a problem
            return failure

    def _new(self, body: Json, key: IdempotencyKey | None) -> _New:
        decided = self._desk.decide(self._desk.read(body))
        stamp = Stamp()
        return _New(decided, stamp, Append(write_entry(decided, stamp, self._caller), decided.policy.pack, key))

    def _key_of(self, line: Line, body: Json) -> IdempotencyKey | None:
        """Return the key of a line, which no call for one case can have: its line is of the name, behind a line end."""
        if self._key is None:
            return None
        known, shown = self._key
        return IdempotencyKey(f"{known}\n{line.number}", canonical(body), shown)

    def _told(self, line: Line, new: _New | None, outcome: Kept | BaseException) -> bytes:
        if isinstance(outcome, Exception):
            code, document = problem_line(outcome, line.number, self._call)
            self._refused(code)
            return document
        if isinstance(outcome, BaseException):
            raise outcome
        if new is None or not outcome.is_new:
            return outcome.document
        return new.decided.document(new.stamp.id, new.stamp.at, audit_of(outcome.sequence, outcome.entry))


def _read(line: Line) -> Json:
    """Return the JSON value of a line. Raises MalformedJson with the line's number, or the Refusal that it is."""
    if isinstance(line.text, Refusal):
        raise line.text
    try:
        return parse(line.text)
    except MalformedJson as wrong:
        raise MalformedJson(wrong.message, line.number, wrong.column) from None
