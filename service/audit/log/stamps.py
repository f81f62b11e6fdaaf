"""What an entry gets from outside when it is made: an id and the time. No decision reads either."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from uuid6 import uuid7

__all__ = ["Stamp"]


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


@dataclass(frozen=True, slots=True)
class Stamp:
    """A new id with the time at which it was made.

    id  a UUIDv7 (RFC 9562), in lower case
    at  RFC 3339, in UTC with `Z`, to the millisecond
    """

    id: str = field(default_factory=lambda: str(uuid7()))
    at: str = field(default_factory=_now)
