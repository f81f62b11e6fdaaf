"""Who may call, by the token that a call bears (RFC 6750), and what each may do. No token is here, only its SHA-256."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias, cast

from flask import g, request

from service.web.problems import refuse
from service.written.findings import Finding, Place
from service.written.shape import Written, elements, texts
from service.written.structure import check_structure
from service.written.yaml_source import YamlSource, read_yaml

__all__ = [
    "Caller",
    "Callers",
    "InvalidCallers",
    "Right",
    "current_caller",
    "known_key",
    "may_see_personal",
    "may_see_policies",
    "note_caller",
    "read_callers",
    "require",
]

Right: TypeAlias = Literal["decide", "read", "read_personal"]

_OPEN = frozenset(("/", "/docs", "/favicon.ico", "/healthz", "/readyz", "/style.css", "/v1/openapi.json"))
_OPEN_BELOW = "/docs/"
_BEARER = re.compile(r"bearer +(\S.*)", re.IGNORECASE)
_TOKEN = re.compile(r"[A-Za-z0-9\-._~+/]+=*")
_CHALLENGE = 'Bearer realm="clausewise"'


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who is known.

    name    1 to 64 printable ASCII characters without spaces; no two callers share one
    rights  what the caller may do beside seeing the policies
    """

    name: str
    rights: frozenset[Right]


class InvalidCallers(Exception):
    """A file of callers was refused. Its text lists every finding, one a line, in the order of their places."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings: tuple[Finding, ...] = tuple(sorted(findings))
        super().__init__("\n".join(map(str, self.findings)))


class Callers:
    """Those who are known, by the SHA-256 of their tokens: in hexadecimal, small letters."""

    def __init__(self, by_digest: Mapping[str, Caller]) -> None:
        self._by_digest = dict(by_digest)

    def bearer_of(self, token: str) -> Caller | None:
        """Return who bears a token, or None.

        Compared are digests, not tokens, and not in constant time: whoever measures how far one agrees with another
        can't choose a token whose digest agrees further.
        """
        if not _TOKEN.fullmatch(token):
            return None
        return self._by_digest.get(hashlib.sha256(token.encode("ascii")).hexdigest())


def read_callers(path: Path) -> Callers:
    """Return the callers that a YAML file lists. Raises InvalidCallers with all that is wrong."""
    source = read_yaml(path)
    listed = elements(source.data, "callers")
    findings = [
        *source.findings,
        *check_structure(source.data, source, "callers"),
        *_twice(source, listed, "caller", "is the name"),
        *_twice(source, listed, "token_sha256", "is of the token"),
    ]
    if findings:
        raise InvalidCallers(findings)
    return Callers({str(each["token_sha256"]): _caller(each) for _, each in listed})


def note_caller(callers: Callers) -> None:
    """Note who makes the current request. Raises Refusal `unauthorized`; a few addresses are open to all."""
    if request.method == "OPTIONS":
        return
    if request.path in _OPEN or request.path.startswith(_OPEN_BELOW):
        g.caller = _bearer(callers)
        return
    given = _BEARER.fullmatch(request.environ.get("HTTP_AUTHORIZATION", "").strip())
    if given is None:
        detail = (
            "This service answers those it knows: the header Authorization must be 'Bearer' and the caller's token."
        )
        refuse("unauthorized", detail, {"WWW-Authenticate": _CHALLENGE})
    caller = callers.bearer_of(given[1])
    if caller is None:
        detail = "The token in the header Authorization is none of a caller that this service knows."
        refuse("unauthorized", detail, {"WWW-Authenticate": f'{_CHALLENGE}, error="invalid_token"'})
    g.caller = caller


def current_caller() -> Caller | None:
    """Return who makes the current request; None where the service knows nobody, or nobody need be known."""
    caller: Caller | None = g.get("caller")
    return caller


def known_key(key: str) -> str:
    """Return how an idempotency key is known in the log: callers that are known by name don't share theirs."""
    caller = current_caller()
    return key if caller is None else f"{caller.name} {key}"


def require(right: Literal["decide", "read"]) -> None:
    """Raise Refusal `forbidden` when a known caller lacks a right. Where the service knows nobody, all are let in.

    No call needs `read_personal`: what a call shows depends on `may_see_personal`.
    """
    caller = current_caller()
    if caller is not None and right not in caller.rights:
        challenge = f'{_CHALLENGE}, error="insufficient_scope", scope="{right}"'
        refuse("forbidden", f"The caller '{caller.name}' lacks the right '{right}'.", {"WWW-Authenticate": challenge})


def may_see_personal() -> bool:
    """Tell whether the current request's caller is known and may see personal facts. Nobody unknown may."""
    caller = current_caller()
    return caller is not None and "read_personal" in caller.rights


def may_see_policies(callers: Callers | None) -> bool:
    """Tell whether whoever makes the current request is told what is in force, as `/v1/policies` tells it."""
    return callers is None or current_caller() is not None


def _bearer(callers: Callers) -> Caller | None:
    """Return the caller whose token the current request bears, or None."""
    given = _BEARER.fullmatch(request.environ.get("HTTP_AUTHORIZATION", "").strip())
    return None if given is None else callers.bearer_of(given[1])


def _caller(written: Written) -> Caller:
    return Caller(str(written["caller"]), cast("frozenset[Right]", frozenset(texts(written["may"]))))


def _twice(source: YamlSource, listed: Iterable[tuple[int, Written]], key: str, what: str) -> Iterator[Finding]:
    """Yield a finding for each value that an earlier caller has under the same key."""
    first: dict[str, Place] = {}
    for index, each in listed:
        value = each.get(key)
        if isinstance(value, str):
            place = source.place(("callers", index, key))
            earlier = first.setdefault(value, place)
            if earlier != place:
                message = f"caller {each.get('caller')}: '{key}' {what} of the caller in line {earlier.line} already"
                yield Finding(place, "duplicate_caller", message)
