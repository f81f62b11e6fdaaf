"""What `clausewise serve` serves: packs and callers, read from where the call says, at the start and at each SIGHUP."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from service.cli.pack_folders import require_apart
from service.cli.refusals import Refused
from service.decision.desk import Desk
from service.model.pack import Pack
from service.pack.loader import load_pack
from service.web.callers import Callers, InvalidCallers, read_callers
from service.wording import did_you_mean
from service.written.findings import Finding, InvalidPack

__all__ = ["InForce", "Sources"]


@dataclass(frozen=True)
class InForce:
    """What is served at a time. Its desk is made once in a process, and no part of what is pickled.

    policy   the one that decides where a request names none; None: that of the first pack
    callers  None: everybody may call
    """

    packs: tuple[Pack, ...]
    policy: str | None
    callers: Callers | None

    @cached_property
    def desk(self) -> Desk:
        """The desk that asks the packs."""
        return Desk(self.packs, self.policy)

    @property
    def shown(self) -> list[str]:
        """The packs, each as a line of the log names it."""
        return [f"{pack.id} {pack.version} ({pack.digest[:19]})" for pack in self.packs]

    def __reduce__(self) -> tuple[Any, ...]:
        return InForce, (self.packs, self.policy, self.callers)


@dataclass(frozen=True, slots=True)
class Sources:
    """Where it is read from, as the options of the call say."""

    folders: Sequence[Path]
    policy: str | None
    callers: Path | None

    def read(self) -> InForce:
        """Return what is there now, ready to be asked.

        Raises InvalidPack with every finding of all packs, or Refused: two packs of one policy between which nothing
        decides, no policy of the name, or a wrong file of callers.
        """
        packs = self._packs()
        require_apart(self.folders, packs)
        _require_policy(packs, self.policy)
        found = InForce(tuple(packs), self.policy, None if self.callers is None else _known(self.callers))
        found.desk  # noqa: B018 - made before workers are forked, which then share it
        return found

    def _packs(self) -> list[Pack]:
        found: list[Pack] = []
        findings: list[Finding] = []
        for folder in self.folders:
            try:
                found.append(load_pack(folder))
            except InvalidPack as wrong:
                findings.extend(wrong.findings)
        if findings:
            raise InvalidPack(findings)
        return found


def _require_policy(packs: Sequence[Pack], policy: str | None) -> None:
    known = sorted({pack.id for pack in packs})
    if policy is not None and policy not in known:
        hint = did_you_mean(policy, known)
        raise Refused(f"--policy: There is no policy '{policy}'.{hint} There is: {', '.join(known)}.")


def _known(file: Path) -> Callers:
    try:
        return read_callers(file)
    except InvalidCallers as wrong:
        if [finding.code for finding in wrong.findings] == ["unreadable_file"]:
            raise Refused(f"--callers: '{file}': {wrong.findings[0].message}.") from None
        count = len(wrong.findings)
        told = f"--callers: '{file}' is refused, for {count} finding{'' if count == 1 else 's'}:"
        raise Refused(told, map(str, wrong.findings)) from None
