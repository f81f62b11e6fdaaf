"""The door for Python programs: a pack's folder becomes a policy that decides. Nothing is kept, and no log written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from service.decision.desk import Decided, Desk
from service.jsontext import parse
from service.model.pack import Pack
from service.pack.loader import load_pack

__all__ = ["LoadedPolicy", "load"]


def load(folder: str | Path, readings: Mapping[str, str] | None = None) -> LoadedPolicy:
    """Read a pack's folder and make it ready.

    readings  interpretation -> reading: instead of what the pack chose
    Raises InvalidPack with all that is wrong with it, each with its place.
    """
    return LoadedPolicy(load_pack(Path(folder), readings))


class LoadedPolicy:
    """One pack, ready to decide. Safe to share between threads."""

    def __init__(self, pack: Pack) -> None:
        """Make a pack ready that was read elsewhere."""
        self.pack = pack
        self._desk = Desk([pack])

    def decide(
        self,
        facts: Mapping[str, Any],
        decisions: Sequence[str] | None = None,
        as_of: str | datetime | None = None,
    ) -> dict[str, Any]:
        """Return the decision document of a case, as the service answers; its id, time and place in a log are None.

        facts      nested as the pack's facts schema says, of plain JSON values; what is left out is not known
        decisions  ids of the pack's decisions; None for all of them
        as_of      the instant at which dates are judged, with offset; None leaves it to the case
        Raises InvalidFacts, InvalidRequest or PolicyNotInForce; the first two hold every problem.
        """
        document: dict[str, Any] = parse(self.document(facts, decisions, as_of))  # type: ignore[assignment]
        return document

    def document(
        self,
        facts: Mapping[str, Any],
        decisions: Sequence[str] | None = None,
        as_of: str | datetime | None = None,
    ) -> bytes:
        """Return the same document as canonical JSON (RFC 8785): the same bytes for the same case, anywhere."""
        return self._decided(facts, decisions, as_of).document()

    def _decided(
        self, facts: Mapping[str, Any], decisions: Sequence[str] | None, as_of: str | datetime | None
    ) -> Decided:
        body: dict[str, Any] = {"facts": facts}
        if decisions is not None:
            body["decisions"] = list(decisions)
        if as_of is not None:
            body["as_of"] = as_of.isoformat() if isinstance(as_of, datetime) else as_of
        return self._desk.decide(self._desk.read(body))
