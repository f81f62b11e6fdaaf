"""Bodies as they come in: how long they may take, and how much of them is taken. What they say is not known here."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Awaitable, Callable, MutableMapping
from time import monotonic
from typing import Any, TypeAlias, TypeVar

from flask import request

from service.web.bodies import LARGEST_BODY
from service.web.problems import Refusal

__all__ = ["PATIENCE", "REFUSED", "Gone", "Incoming", "Patience", "Receive", "pass_on_refusal", "streamed"]

_Waited = TypeVar("_Waited")

Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]

REFUSED = "clausewise.refused"
"""Where the environment of a request has the Refusal that it met before the application."""

_MOST_DRAINED = 8 * LARGEST_BODY  # bytes that are read of a body that is refused

PATIENCE = 10.0
"""Seconds that a caller may keep the service waiting, where it sends and takes nothing."""

_BYTES_A_SECOND = 16_384  # that give a second back
_FOR_AN_ANSWER = 2.0  # seconds that it gives back


class Gone(Exception):
    """The caller has closed the connection before its request was whole."""


def pass_on_refusal() -> None:
    """Raise the Refusal that the current request met before it came to the application, if it did."""
    refusal: Refusal | None = request.environ.get(REFUSED)
    if refusal is not None:
        raise refusal


class Patience:
    """How long a caller may keep the service waiting: so many seconds, of which what moves on gives some back."""

    def __init__(self, seconds: float) -> None:
        self._most = self._left = seconds

    async def wait(self, awaited: Awaitable[_Waited]) -> _Waited:
        """Return what was waited for. Raises TimeoutError when it has not come in time."""
        since = monotonic()
        try:
            async with asyncio.timeout(self._left):
                return await awaited
        finally:
            self._left -= monotonic() - since

    def renew(self, *, moved: int = 0, seconds: float = 0.0) -> None:
        """Give time back: for bytes that were moved, and so many seconds."""
        self._left = min(self._most, self._left + moved / _BYTES_A_SECOND + seconds)


class Incoming:
    """The body of one request, part by part, each waited for with patience."""

    def __init__(self, receive: Receive, patience: Patience) -> None:
        self._receive = receive
        self._patience = patience
        self._has_begun = False
        self._is_whole = False

    async def part(self) -> bytes:
        """Return the next part, empty at the end. Raises Gone, or Refusal: `request-timeout`."""
        part = b""
        self._has_begun = True
        while not part and not self._is_whole:
            try:
                message = await self._patience.wait(self._receive())
            except TimeoutError:
                raise _too_slow() from None
            if message["type"] != "http.request":
                raise Gone
            part = message.get("body", b"")
            self._is_whole = not message.get("more_body", False)
            self._patience.renew(moved=len(part))
        return part

    def go_on(self) -> None:
        """Have a little more patience with who has taken a part of its answer, and may have waited for it."""
        self._patience.renew(seconds=_FOR_AN_ANSWER)

    @property
    def is_whole(self) -> bool:
        """Whether nothing more comes."""
        return self._is_whole

    @property
    def is_given_up(self) -> bool:
        """Whether it was begun, and what is left of it will not be read."""
        return self._has_begun and not self._is_whole

    async def gone(self) -> None:
        """Return when the caller has closed the connection. Only for a body that is whole."""
        while (await self._receive())["type"] == "http.request":
            pass

    async def whole(self, length: int | None) -> bytes:
        """Return the whole body; of one that is too large not all, but more than a body may have.

        What is too large is read to its end all the same, up to a bound: a connection that is closed on bytes not yet
        read is reset, and the caller loses the answer that says why.

        length  bytes that were announced, or None
        Raises Gone, or Refusal: `request-timeout`.
        """
        parts: list[bytes] = []
        size = 0
        while size != length and size <= _MOST_DRAINED and (part := await self.part()):
            size += len(part)
            if size - len(part) <= LARGEST_BODY:
                parts.append(part)
        self._is_whole = self._is_whole or size == length
        return b"".join(parts)


def streamed(incoming: Incoming, loop: asyncio.AbstractEventLoop) -> io.BufferedReader:
    """Return a body as a file that a thread reads while the body comes in through the loop.

    Reading raises Refusal: `request-timeout`, or `bad-request` where the caller has gone.
    """
    return io.BufferedReader(_Stream(incoming, loop), 65_536)


class _Stream(io.RawIOBase):
    def __init__(self, incoming: Incoming, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._incoming = incoming
        self._loop = loop
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._rest:
            try:
                self._rest = asyncio.run_coroutine_threadsafe(self._incoming.part(), self._loop).result()
            except Gone:
                raise Refusal("bad-request", "The body ends before its end.") from None
        size = min(len(buffer), len(self._rest))
        buffer[:size], self._rest = self._rest[:size], self._rest[size:]
        return size


def _too_slow() -> Refusal:
    detail = (
        "The body came too slowly: the service has waited long enough for what was to come. Nothing of that was kept."
    )
    return Refusal("request-timeout", detail, {"Connection": "close"})
