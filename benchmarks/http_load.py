"""A load generator for one HTTP call: one process, one thread, connections kept alive. It does not know what it loads.

`python -m benchmarks.http_load REQUESTS PORT CONNECTIONS SECONDS [RATE]`; REQUESTS is JSON: `[path, [body, ...]]`.

Without RATE each connection sends its next request when it has its answer. With RATE, requests a second, they are due
at fixed instants whether answers come or not, and an answer's time is counted from when its request was due: waiting
for a free connection is part of it. Prints one line of JSON: answers a second, and milliseconds at the median and at
the 99th percentile.
"""

import json
import selectors
import socket
import sys
from collections import deque
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from time import perf_counter

__all__ = ["main"]

_HEAD = "POST {} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n"


class _Connection:
    """A connection with at most one request under way, due at `due`."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.due = 0.0
        self._got = b""

    def send(self, request: bytes, due: float) -> None:
        """Send a request."""
        self.due, self._got = due, b""
        self.socket.sendall(request)

    def has_answer(self) -> bool:
        """Read what is there; tell whether the answer is whole. Raises RuntimeError for one that is no success."""
        part = self.socket.recv(262_144)
        if not part:
            raise RuntimeError("the server has closed a connection")
        self._got += part
        head, found, body = self._got.partition(b"\r\n\r\n")
        if not found:
            return False
        if head[9:10] != b"2":
            raise RuntimeError(self._got[:300].decode(errors="replace"))
        length = head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0]
        return len(body) >= int(length)


def _load(requests: Iterator[bytes], port: int, connections: int, seconds: float, rate: float | None) -> list[float]:
    """Return the seconds that each answer took, of those that came in time."""
    selector = selectors.DefaultSelector()
    idle: deque[_Connection] = deque(_Connection(port) for _ in range(connections))
    for connection in idle:
        selector.register(connection.socket, selectors.EVENT_READ, connection)
    took: list[float] = []
    begin = perf_counter()
    sent, now = 0, begin
    while now < begin + seconds:
        while idle and (rate is None or begin + sent / rate <= now):
            idle.popleft().send(next(requests), now if rate is None else begin + sent / rate)
            sent += 1
        wait = 0.5 if rate is None or not idle else max(0.0, begin + sent / rate - now)
        for key, _ in selector.select(wait):
            if key.data.has_answer():
                took.append(perf_counter() - key.data.due)
                idle.append(key.data)
        now = perf_counter()
    for key in list(selector.get_map().values()):
        key.data.socket.close()
    return took


def main() -> None:
    """Load as the arguments say, and print what came of it."""
    path, bodies = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    requests = [_HEAD.format(path, len(body.encode())).encode() + body.encode() for body in bodies]
    port, connections, seconds = int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
    took = sorted(_load(cycle(requests), port, connections, seconds, float(sys.argv[5]) if sys.argv[5:] else None))
    median, late = (took[int(len(took) * share)] * 1_000 for share in (0.5, 0.99))
    print(json.dumps({"rate": len(took) / seconds, "median": median, "p99": late}))


if __name__ == "__main__":
    main()
