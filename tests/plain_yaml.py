"""YAML as packs are written in it, from data."""

from __future__ import annotations

from typing import Any

import yaml

__all__ = ["plain_yaml"]


class _Plain(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc] - libyaml's, where there is one
    """Writes no anchors: the language has none."""

    def ignore_aliases(self, data: object) -> bool:
        """Write the same value twice out in full."""
        return True


def _quoted(dumper: _Plain, text: str) -> yaml.Node:
    """Write what the language wants quoted in quotes: a time, and a text that begins like a date."""
    style = "'" if " to 2" in text or text[2:3] == ":" else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Plain.add_representer(str, _quoted)


def plain_yaml(value: Any, *, width: int = 10**6, flow: bool | None = False) -> str:
    """Return a value as text, its keys in their order.

    flow  None where lists and mappings of single values stand in one line
    """
    form = {"sort_keys": False, "width": width, "default_flow_style": flow, "allow_unicode": True}
    return yaml.dump(value, Dumper=_Plain, **form)
