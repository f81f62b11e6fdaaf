"""`docs/operations.md`: what it lists is what there is."""

import re
from pathlib import Path

from service.audit.storage import unavailable
from service.cli.serving import serve

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")


def test_every_option_of_serve_is_listed_with_its_default():
    """An operator reads the page before the help."""
    rows = dict(re.findall(r"^\| `(--[a-z-]+)(?: [A-Z]+)?` \| .*? \| `?(.+?)`? \|$", PAGE, re.MULTILINE))
    options = {option.opts[0]: option.default for option in serve.params}

    assert rows.keys() == options.keys()
    shown = {
        name: str(default) for name, default in options.items() if isinstance(default, str) or type(default) is int
    }
    assert {name: rows[name] for name in shown} == shown


def test_every_reason_of_an_outage_is_listed():
    """Whoever reads one in a log finds what to do about it."""
    reasons = {reason for _, reason in (*unavailable._REASONS, *unavailable._TOLD)}

    assert {reason for reason in reasons if reason not in PAGE} == set()
