"""What hostile and very large bodies cost: CPU, peak memory and the answer's size, each body in a process of its own.

`python -m benchmarks.bodies` prints a table. The bodies have up to 1 MiB and are sent to the preview of decisions, as a
worker meets them. A row that costs more than is promised (250 ms of CPU, 64 MB, an answer of 200 KB) is marked.
"""

import gc
import json
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from tempfile import TemporaryDirectory
from time import process_time

from service.decision.desk import Desk
from service.pack.loader import load_pack
from service.web.app import create_app

__all__ = ["main"]

_SIZE = 1024 * 1024
_MOST_SECONDS, _MOST_MEGABYTES, _MOST_ANSWER = 0.25, 64, 200_000

_TEXT, _MOMENT = {"type": "string"}, {"type": "string", "format": "date-time"}
_COUNTRIES = [f"{one}{other}" for one in "ABCDEFGHIJKLM" for other in "ABCDEFGHIJKLMNOPQRS"]
_PERIOD = {
    "type": "object",
    "properties": {"from": _MOMENT, "to": _MOMENT},
    "required": ["from", "to"],
    "additionalProperties": False,
}
_SCHEMA: Mapping[str, object] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "yes": {"type": "boolean"},
        "text": _TEXT,
        "country": {"type": "string", "enum": _COUNTRIES},
        "amount": {"type": "number", "minimum": 0},
        "texts": {"type": "array", "items": _TEXT},
        "countries": {"type": "array", "uniqueItems": True, "items": {"type": "string", "enum": _COUNTRIES}},
        "names": {"type": "array", "uniqueItems": True, "items": _TEXT},
        "wholes": {"type": "array", "items": {"type": "integer"}},
        "numbers": {"type": "array", "items": {"type": "number"}},
        "pauses": {"type": "array", "items": _PERIOD},
        **{f"standing_of_{number}": {"type": "boolean"} for number in range(100)},
    },
}
_FILES = {
    "facts.schema.json": json.dumps(_SCHEMA),
    "pack.yaml": "pack: bodies\nversion: '1.0.0'\ntitle: Bodies\nsource: {document: None}\n"
    "facts_schema: facts.schema.json\ndates_in: UTC\ndecisions: [d]\n",
    "clauses.yaml": "clauses:\n  - {clause: c, heading: H, place: p, text: A clause.}\n",
    "facts.yaml": "derived:\n  - {fact: s, says: The sum., sum: numbers}\n",
    "decisions/d.yaml": "decision: d\nasks: What is it?\ngives: {large: boolean}\nparts:\n  - part: d.p\n"
    "    hit_policy: first\n    rules:\n"
    "      - {rule: d.a, says: A., cites: c, when: {s: {more_than: 3}}, then: {large: true}}\n"
    "      - {rule: d.b, says: B., cites: c, then: {large: false}}\n",
}


def _list(fact: str, items: Callable[[int], str]) -> bytes:
    """Return a body in which a fact is a list, as long as it can be."""
    return _filled(b'{"facts":{"%b":[' % fact.encode(), items, b"]}}")


def _filled(before: bytes, item: Callable[[int], str], after: bytes) -> bytes:
    parts: list[bytes] = []
    room = _SIZE - len(before) - len(after)
    while True:
        part = item(len(parts)).encode()
        room -= len(part) + 1
        if room < 0:
            return before + b",".join(parts) + after
        parts.append(part)


def _text(unit: bytes) -> bytes:
    return b'{"facts":{"text":"' + unit * ((_SIZE - 30) // len(unit)) + b'"}}'


_BODIES: Mapping[str, Callable[[], bytes]] = {
    "500,000 numbers for texts": lambda: _list("texts", lambda _: "1"),
    "500,000 numbers for choices": lambda: _list("countries", lambda _: "1"),
    "texts of which all are none of the choices": lambda: _list("countries", lambda i: f'"{i:x}"'),
    "texts one of which is no choice, over and over": lambda: _list("countries", lambda _: '"UK"'),
    "the same text over and over in a set": lambda: _list("names", lambda _: '""'),
    "350,000 empty objects for numbers": lambda: _list("numbers", lambda _: "{}"),
    "350,000 empty arrays for whole numbers": lambda: _list("wholes", lambda _: "[]"),
    "decimals for whole numbers": lambda: _list("wholes", lambda i: f"{i}.5"),
    "350,000 empty periods": lambda: _list("pauses", lambda _: "{}"),
    "periods with two wrong ends": lambda: _list("pauses", lambda _: '{"from":"","to":""}'),
    "periods of days that there are not": lambda: _list(
        "pauses", lambda _: '{"from":"2026-02-30T00:00:00Z","to":"2026-02-30T00:00:00Z"}'
    ),
    "periods with strangers": lambda: _list("pauses", lambda i: f'{{"{i}":0}}'),
    "one period with 100,000 strangers": lambda: _filled(b'{"facts":{"pauses":[{', lambda i: f'"{i}":0', b"}]}}"),
    "100,000 unknown facts": lambda: _filled(b'{"facts":{', lambda i: f'"{i}":0', b"}}"),
    "unknown facts that are nearly known": lambda: _filled(b'{"facts":{', lambda i: f'"standign_of_{i}":0', b"}}"),
    "unknown facts with long names": lambda: _filled(
        b'{"facts":{', lambda i: '"' + "\\u0001" * 1500 + f'{i}":0', b"}}"
    ),
    "100,000 unknown members of the body": lambda: _filled(b'{"facts":{},', lambda i: f'"{i}":0', b"}"),
    "350,000 decisions without a name": lambda: _filled(b'{"facts":{},"decisions":[', lambda _: '""', b"]}"),
    "500,000 decisions that are numbers": lambda: _filled(b'{"facts":{},"decisions":[', lambda _: "1", b"]}"),
    "100,000 unknown decisions": lambda: _filled(b'{"facts":{},"decisions":[', lambda i: f'"{i}"', b"]}"),
    "a country of 1 MiB": lambda: _text(b"a").replace(b'"text"', b'"country"'),
    "1 MiB of [": lambda: b"[" * _SIZE,
    "1 MiB of lines": lambda: b'{"facts":\n' + b"\n" * (_SIZE - 20) + b"x",
    "objects within each other, 200 deep": lambda: _list("texts", lambda _: '{"":' * 180 + "0" + "}" * 180),
    "a member given twice, at the end": lambda: _filled(b'{"facts":{', lambda i: f'"{i}":0', b',"0":0}}'),
    "members with one long name, given twice": lambda: b'{"%b":0,"%b":0}' % ((b"a" * (_SIZE // 2 - 10),) * 2),
    "a number of 1 MiB": lambda: b'{"facts":{"amount":' + b"1" * (_SIZE - 30) + b"}}",
    "a fraction of 1 MiB": lambda: b'{"facts":{"amount":0.' + b"1" * (_SIZE - 30) + b"}}",
    "numbers of 300 digits": lambda: _list("wholes", lambda _: "1" * 300),
    "a number too large after 500,000 others": lambda: _filled(b'{"facts":{"wholes":[', lambda _: "1", b",1e999]}}"),
    "a text too long to be one, escaped": lambda: _text(b"\\u0001").replace(b'"text"', b'"country"'),
    "surrogates that have no other half": lambda: _text(b"\\ud800"),
    "pairs of surrogates": lambda: _text(b"\\ud83d\\ude00"),
    "valid: 500,000 whole numbers": lambda: _list("wholes", lambda _: "1"),
    "valid: 260,000 equal decimals": lambda: _list("numbers", lambda _: ".5".replace(".", "0.")),
    "valid: 130,000 decimals that differ": lambda: _list("numbers", lambda i: f"{i / 1000:.3f}1"),
    "valid: 200,000 numbers with exponents": lambda: _list("numbers", lambda i: f"{i % 9}e9"),
    "valid: 100,000 names": lambda: _list("names", lambda i: f'"{i:x}"'),
    "valid: 17,000 periods": lambda: _list(
        "pauses", lambda _: '{"from":"2026-02-01T00:00:00Z","to":"2026-02-02T00:00:00Z"}'
    ),
    "valid: a text of 1 MiB": lambda: _text(b"a"),
}


def _measured(call: Callable[[bytes], tuple[int, int]], body: bytes) -> tuple[float, float, int, int]:
    """Return seconds of CPU, megabytes at the peak, the answer's status and its bytes.

    The peak is that of a copy of the process, which a larger one before can't hide; the time is taken in the process
    itself, as a copy pays for every page that it touches first.
    """
    reads, writes = os.pipe()
    child = os.fork()
    if not child:
        before = getrusage(RUSAGE_SELF).ru_maxrss
        call(body)
        os.write(writes, json.dumps((getrusage(RUSAGE_SELF).ru_maxrss - before) / 1024).encode())
        os._exit(0)
    os.close(writes)
    with os.fdopen(reads) as answer:
        megabytes = json.loads(answer.read() or "0")
    os.waitpid(child, 0)
    start = process_time()
    status, size = call(body)
    return process_time() - start, megabytes, status, size


def _desk(folder: Path) -> Desk:
    (folder / "decisions").mkdir()
    for name, text in _FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    return Desk([load_pack(folder)])


def main() -> None:
    """Print the table."""
    with TemporaryDirectory() as folder:
        client = create_app(_desk(Path(folder)), None).test_client()

    def call(body: bytes) -> tuple[int, int]:
        answer = client.post("/v1/decisions/preview", data=body, content_type="application/json")
        return answer.status_code, len(answer.data)

    call(b'{"facts": {"x": 1}}')
    call(b'{"facts": {}}')
    gc.freeze()  # as the server does
    print(f"{'body':50} {'CPU ms':>8} {'peak MB':>8} {'status':>6} {'answer KB':>9}")
    for name, made in _BODIES.items():
        if name.startswith(tuple(sys.argv[1:]) or ""):
            seconds, megabytes, status, size = _measured(call, made())
            is_more = seconds > _MOST_SECONDS or megabytes > _MOST_MEGABYTES or size > _MOST_ANSWER
            told = f"{seconds * 1000:8.0f} {megabytes:8.1f} {status:6} {size / 1000:9.1f}"
            print(f"{name:50} {told}{'  too much' if is_more else ''}", flush=True)


if __name__ == "__main__":
    main()
