"""The query parameters of a call. An unknown one is never ignored: a misspelt version would show another's rules."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import unquote_plus

from flask import request

from service.web.problems import refuse
from service.wording import did_you_mean

__all__ = ["LARGEST_SIZE", "read_parameters", "read_size"]

_ELSEWHERE = {
    "after": "cursor",
    "before": "until",
    "page": "cursor",
    "page_size": "limit",
    "page_token": "cursor",
    "per_page": "limit",
    "policy_version": "version",
    "since": "from",
    "to": "until",
}
"""Names that other services have for what has another one here."""
_SIZE = re.compile(r"0|[1-9][0-9]*")
LARGEST_SIZE = 2**63 - 1
"""The most entries that a log can have."""


def read_parameters(*known: str) -> Mapping[str, str]:
    """Return the current request's parameters by name. Raises Refusal `bad-parameter`: unknown, twice, no UTF-8."""
    written: str = request.environ.get("QUERY_STRING", "")
    found: dict[str, str] = {}
    for pair in filter(None, written.split("&")):
        name, _, value = (_decoded(part) for part in pair.partition("="))
        if name not in known:
            takes = f"There is: {', '.join(known)}." if known else "This address takes none."
            meant = _ELSEWHERE.get(name, name)
            hint = did_you_mean(meant if meant in known else name, known)
            refuse("bad-parameter", f"There is no query parameter '{name[:40]}'.{hint} {takes}")
        if name in found:
            refuse("bad-parameter", f"The query parameter '{name}' is given twice.")
        found[name] = value
    return found


def read_size(given: Mapping[str, str], name: str) -> int | None:
    """Return a parameter that is a number of entries, or None where it is left out. Raises Refusal `bad-parameter`."""
    if name not in given:
        return None
    size = given[name]
    if not _SIZE.fullmatch(size):
        refuse("bad-parameter", f"'{name}' is '{size[:40]}', and must be a number of entries, from 0 on.")
    if len(size) > len(str(LARGEST_SIZE)) or int(size) > LARGEST_SIZE:
        refuse("bad-parameter", f"'{name}' is {size[:40]}, but no log has more than {LARGEST_SIZE} entries.")
    return int(size)


def _decoded(text: str) -> str:
    try:
        return unquote_plus(text, errors="strict")
    except UnicodeDecodeError:
        refuse("bad-parameter", "A query parameter is not written in UTF-8.")
