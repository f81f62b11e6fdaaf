"""The group of commands: how any of them ends. What they do is in a module each."""

from __future__ import annotations

import errno
import os
import sys
from typing import Any

import click

from service.cli.refusals import Refused
from service.cli.terminal import tolerate_encoding
from service.errors import ClausewiseError

__all__ = ["Commands"]

_AFTER_BROKEN_PIPE = 141  # what a shell shows for a program that SIGPIPE ended
_AFTER_DEFECT = 70  # EX_SOFTWARE of sysexits.h: neither done, nor a finding, nor the caller's fault


class Commands(click.Group):
    """Commands that end with a sentence on standard error and an exit status, never with a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command. A reader that has gone away ends it without a word."""
        tolerate_encoding()
        try:
            answer = super().invoke(ctx)
            sys.stdout.flush()
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
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - it stays open until the end


def _said_by_system(wrong: OSError) -> str:
    reason = os.strerror(wrong.errno) if wrong.errno in errno.errorcode else str(wrong)
    return f"'{wrong.filename}': {reason}" if wrong.filename else reason


def _defect(defect: Exception) -> str:
    return (
        f"Error: a defect of Clausewise, not of your call: {type(defect).__name__}: {defect}\n"
        "Please report it with what the variable CLAUSEWISE_TRACEBACK=1 makes this command print."
    )
