"""What the command line refuses: the text for standard error, and exit status 2. What is wrong is found elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click

from service.cli.values import printable
from service.written.findings import InvalidPack

__all__ = ["Refused", "refused_pack"]


class Refused(click.ClickException):
    """The input or the call was wrong. Its text is one sentence, then every problem on a line of its own."""

    exit_code = 2

    def __init__(self, summary: str, problems: Iterable[str] = ()) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(printable, (summary, *(f"  {problem}" for problem in self.problems)))))


def refused_pack(folder: Path, wrong: InvalidPack) -> Refused:
    """Return what to raise when a command can't work with a pack: all of its findings."""
    count = len(wrong.findings)
    return Refused(
        f"The pack in '{folder}' is refused, for {count} finding{'' if count == 1 else 's'}:", map(str, wrong.findings)
    )
