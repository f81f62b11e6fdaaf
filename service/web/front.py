"""Between Granian and the application: takes a request in, has a thread answer it, and hands the answer out.

A thread is taken for as long as something is decided, read or written, and for none that is slow to send or to read.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import Awaitable, Callable, Mapping
from contextvars import Context, copy_context
from functools import partial
from typing import Any, BinaryIO, TypeAlias

from flask import Flask

from service.web.bodies import LARGEST_BODY
from service.web.incoming import PATIENCE, REFUSED, Gone, Incoming, Patience, Receive, streamed
from service.web.lanes import Lane, LaneFull
from service.web.problems import Refusal
from service.web.wsgi import Answer, ask, environment

__all__ = ["WAITING_ROOM", "Front"]

_Send: TypeAlias = Callable[[dict[str, Any]], Awaitable[None]]

WAITING_ROOM = 8
"""Threads beyond those that decide: for other calls, and to say no to who would wait too long."""

_MOST_WAITING = 512  # calls
_MOST_HELD = 64 * LARGEST_BODY  # bytes of bodies that are on their way in
_AT_ONCE = "/healthz"
_WATCHED = ("/readyz", "/metrics")
_STREAMED = "/v1/decisions/batch"


class Front:
    """An ASGI application around the WSGI application, for one process.

    threads   that decide at the same time
    patience  seconds that a caller may keep the service waiting: for its body, or for it to take its answer
    """

    def __init__(self, app: Flask, threads: int, patience: float | None = None) -> None:
        self._app = app
        self._patience = PATIENCE if patience is None else patience
        self._calls = Lane("call", threads + WAITING_ROOM, _MOST_WAITING)
        # Lanes of their own: who watches the service is answered while all else waits, and whoever sends a stream of
        # cases slowly keeps none but others who send one waiting.
        self._watching = Lane("watch", 1, _MOST_WAITING)
        self._streams = Lane("stream", threads, 2 * threads)
        self._held = 0

    def turn_to(self, app: Flask) -> None:
        """Have another application answer from now on; what is being answered is still answered by the old one."""
        self._app = app

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: _Send) -> None:
        """Answer one request."""
        environ = environment(scope)
        incoming = Incoming(receive, Patience(self._patience))
        body: BinaryIO
        if scope["path"] == _STREAMED:
            lane = self._streams
            body = streamed(incoming, asyncio.get_running_loop())
        else:
            lane = self._watching if scope["path"] in _WATCHED else self._calls
            try:
                body = io.BytesIO(await self._whole(environ, incoming))
            except Refusal as refusal:
                # Its traceback would keep this frame, and with it the connection, until cycles are collected.
                environ[REFUSED], body = refusal.with_traceback(None), io.BytesIO()
            except Gone:
                return
        context = copy_context()
        answering = partial(context.run, partial(self._answer, environ, body, incoming, send))
        if scope["path"] == _AT_ONCE or REFUSED in environ:
            answer = answering()
        else:
            try:
                answer = await lane.run(answering)
            except LaneFull:
                detail = "More is asked than can be answered at present. Nothing was kept; try again."
                answer = self._answer({**environ, REFUSED: Refusal("overloaded", detail)}, io.BytesIO(), incoming, send)
        if answer.rest is not None:
            await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
            await self._hand_out(answer, partial(_go_on, lane, context), incoming, send)
        elif incoming.is_given_up:
            await _break_off(answer, send)

    def _answer(self, environ: Mapping[str, Any], body: BinaryIO, incoming: Incoming, send: _Send) -> Answer:
        """Ask the application; hand its answer out at once where it is whole, and so is what was asked."""
        answer = ask(self._app.wsgi_app, environ, body)
        if answer.rest is None and not incoming.is_given_up:
            # By this thread: the loop's would have to wait for its turn with the interpreter, behind those that decide.
            _at_once(send({"type": "http.response.start", "status": answer.status, "headers": answer.headers}))
            _at_once(send({"type": "http.response.body", "body": answer.body}))
        return answer

    async def _hand_out(
        self, answer: Answer, run: Callable[[Callable[[], Any]], Awaitable[Any]], incoming: Incoming, send: _Send
    ) -> None:
        """Hand out part after part, each made when the one before is on its way.

        A caller that has gone, or takes nothing for longer than patience lasts, gets no more: its connection is closed.

        run  has a function called by a thread
        """
        gone: asyncio.Task[None] | None = None
        patience = Patience(self._patience)
        make = partial(next, answer.rest or iter(()), None)
        try:
            while (part := await run(make)) is not None:
                try:
                    await patience.wait(send({"type": "http.response.body", "body": part, "more_body": True}))
                except TimeoutError:
                    return
                patience.renew(moved=len(part))
                incoming.go_on()
                if gone is None and incoming.is_whole:
                    gone = asyncio.create_task(incoming.gone())
                if gone is not None and gone.done():
                    return
            if not incoming.is_given_up:  # as in `_break_off`
                await send({"type": "http.response.body", "body": b""})
        finally:
            if gone is not None:
                gone.cancel()
            await run(answer.end)

    async def _whole(self, environ: Mapping[str, Any], incoming: Incoming) -> bytes:
        """Return the body, which is empty where the application refuses it by its headers alone."""
        length = _length(environ)
        if length == 0:
            return b""
        if length is not None and length > LARGEST_BODY and "HTTP_EXPECT" in environ:
            # Whoever asked first whether to go on (RFC 9110, 10.1.1) gets the answer without sending any.
            return b""
        room = min(length or LARGEST_BODY, LARGEST_BODY)
        if self._held + room > _MOST_HELD:
            raise Refusal("overloaded", "More bodies are on their way than can be held. Nothing was kept; try again.")
        self._held += room
        try:
            return await incoming.whole(length)
        finally:
            self._held -= room


def _length(environ: Mapping[str, Any]) -> int | None:
    """Return how many bytes a body has; None where it is sent in chunks. Granian has refused what is no number."""
    if "HTTP_TRANSFER_ENCODING" in environ:
        return None
    return int(environ.get("CONTENT_LENGTH", "0"))


def _at_once(sent: Awaitable[None]) -> None:
    """Finish sending. Granian takes a whole answer without waiting, however slow its reader is."""
    for _ in sent.__await__():
        raise RuntimeError("a whole answer was not taken at once")


async def _go_on(lane: Lane, context: Context, do: Callable[[], Any]) -> Any:
    """Have a thread of a lane go on with what it let in before."""
    return await lane.run(partial(context.run, do), is_new=False)


async def _break_off(answer: Answer, send: _Send) -> None:
    """Answer, and leave the end of the answer to Granian, which tells it when it has let go of the request.

    Only then does hyper 1.11 look whether anybody still reads the body, and closes the connection as nobody does; an
    answer that is whole before would leave it open for as long as the caller sends nothing.
    """
    headers = [(name, value) for name, value in answer.headers if name != b"content-length"]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body, "more_body": True})
