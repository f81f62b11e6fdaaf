"""The architecture page names every module once, and imports go the way that it says."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text()
MODULES = sorted(
    path.relative_to(ROOT / "service").as_posix()
    for path in (ROOT / "service").rglob("*.py")
    if path.name != "__init__.py" and path.parent.name != "versions"
)
MAY_KNOW = {
    "engine": {"engine", "pack"},
    "clock": {"clock"},
    "pack": {"pack", "clock"},
    "decision": {"decision", "pack", "engine", "clock"},
    "audit": {"audit", "decision", "pack"},
    "web": {"web", "audit", "decision", "pack", "clock"},
    "cli": {"cli", "web", "audit", "decision", "pack", "clock"},
}


def test_every_module_is_named_once():
    """A newcomer finds any module on the page, and no name there is of one that is gone."""
    named = re.findall(r"`([a-z_/]+\.py)`", PAGE)

    assert sorted(named) == MODULES


@pytest.mark.parametrize("room", MAY_KNOW)
def test_imports_go_one_way(room):
    """A door may know the decision; the decision must not know its doors."""
    known = set()
    for path in (ROOT / "service" / room).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("service."):
                known.add(node.module.split(".")[1])

    assert {name for name in known if (ROOT / "service" / name).is_dir()} <= MAY_KNOW[room]
