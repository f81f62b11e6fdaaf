"""The group of commands: how any of them ends. What they do is in a module each."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from service.cli.refusals import Refused
from service.cli.streams import tolerate_encoding
from service.errors import ClausewiseError
from service.wording import did_you_mean

__all__ = ["Commands"]

_AFTER_INTERRUPT = 130  # what a shell shows for a program that SIGINT ended
_AFTER_BROKEN_PIPE = 141  # what a shell shows for a program that SIGPIPE ended
_AFTER_DEFECT = 70  # EX_SOFTWARE of sysexits.h: neither done, nor a finding, nor the caller's fault


class Commands(click.Group):
    """Commands that end with a sentence on standard error and an exit status, never with a traceback.

    An interrupt is such an end: 1 would say that the check has found something.

    places  name of a command -> `module:attribute`, imported when it is called: a server is no business of a check
    """

    def __init__(self, *args: Any, places: Mapping[str, str], **settings: Any) -> None:
        super().__init__(*args, **settings)
        self._places = places

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - as click has it
        """Return the names, sorted."""
        return sorted(self._places)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as click has it
        """Return the command of that name, if there is one."""
        if cmd_name not in self._places:
            return None
        module, _, attribute = self._places[cmd_name].partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that the call names, or fail with the name that was perhaps meant."""
        if self.get_command(ctx, args[0]) is None and not args[0].startswith("-") and not ctx.resilient_parsing:
            ctx.fail(f"No such command '{args[0]}'.{did_you_mean(args[0], self._places)}")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command. A reader that has gone away ends it without a word."""
        if sys.stdout is None:
            raise Refused("There is no standard output to write to.")
        tolerate_encoding()
        try:
            answer = super().invoke(ctx)
            sys.stdout.flush()
        except KeyboardInterrupt:
            click.echo("Interrupted before it was done.", err=True)
            ctx.exit(_AFTER_INTERRUPT)
        except BrokenPipeError:
            _be_quiet()
            ctx.exit(_AFTER_BROKEN_PIPE)
        except ClausewiseError as wrong:
            raise Refused(str(wrong)) from None
        except OSError as wrong:
            raise Refused(_said_by_system(wrong)) from None
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as defect:
            if os.environ.get("CLAUSEWISE_TRACEBACK"):
                raise
            click.echo(_defect(defect), err=True)
            ctx.exit(_AFTER_DEFECT)
        return answer


def _be_quiet() -> None:
    """Send what is still buffered to nowhere: flushing it at exit would complain once more."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - it stays open until the end


def _said_by_system(wrong: OSError) -> str:
    reason = wrong.strerror or str(wrong)
    return f"'{wrong.filename}': {reason}." if wrong.filename else f"{reason}."


def _defect(defect: Exception) -> str:
    return (
        f"Error: a defect of Clausewise, not of your call: {type(defect).__name__}: {defect}\n"
        "Please report it with what the variable CLAUSEWISE_TRACEBACK=1 makes this command print."
    )
