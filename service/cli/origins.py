"""Origins as an option: what `--allow-origin` takes. What one is, `web/cors.py` knows."""

from __future__ import annotations

from typing import Any

import click

from service.web.cors import read_origin

__all__ = ["Origin"]


class Origin(click.ParamType[str]):
    """The origin of a page, as browsers write it."""

    name = "origin"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the origin, or fail with what is wrong with it."""
        try:
            return read_origin(str(value))
        except ValueError as wrong:
            self.fail(f"'{value}': it {wrong}.", param, ctx)
