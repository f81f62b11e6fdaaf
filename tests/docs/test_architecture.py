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
    "written": {"written"},
    "facts": {"facts"},
    "clock": {"clock"},
    "model": {"model", "facts", "clock", "written"},
    "engine": {"engine", "model"},
    "pack": {"pack", "model", "written", "facts", "clock"},
    "analysis": {"analysis", "model", "facts", "clock"},
    "decision": {"decision", "analysis", "engine", "model", "facts", "clock", "written"},
    "audit": {"audit", "decision", "pack", "model", "facts", "written"},
    "web": {"web", "audit", "decision", "pack", "model", "facts", "written"},
    "cli": {"cli", "web", "audit", "decision", "pack", "model", "facts", "written"},
}
ROOMS_OF_AUDIT = ["proof", "storage", "index", "log", "checking", "exporting", "replaying"]


def known_to(folder):
    """Return the names of all modules of ours that those in a folder import, without the first part."""
    return {
        node.module.removeprefix("service.")
        for path in (ROOT / "service" / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("service.")
    }


def test_every_module_is_named_once():
    """A newcomer finds any module on the page, and no name there is of one that is gone."""
    named = re.findall(r"`([a-z_/]+\.py)`", PAGE)

    assert sorted(named) == MODULES


@pytest.mark.parametrize("room", MAY_KNOW)
def test_imports_go_one_way(room):
    """A door may know the decision; the decision must not know its doors."""
    known = {name.split(".")[0] for name in known_to(room)}

    assert {name for name in known if (ROOT / "service" / name).is_dir()} <= MAY_KNOW[room]


@pytest.mark.parametrize("room", ROOMS_OF_AUDIT)
def test_each_room_of_the_log_knows_only_those_above_it(room):
    """What proves must not know where it is kept; what checks must not be known by what is checked."""
    may_know = ROOMS_OF_AUDIT[: ROOMS_OF_AUDIT.index(room) + 1]

    assert {name.split(".")[1] for name in known_to(f"audit/{room}") if name.startswith("audit.")} <= set(may_know)


def test_every_module_of_the_log_is_in_a_room():
    """Those that the test above looks at are all."""
    assert {path.name for path in (ROOT / "service" / "audit").iterdir() if path.is_dir()} - {"__pycache__"} == set(
        ROOMS_OF_AUDIT
    )
    assert [path.name for path in (ROOT / "service" / "audit").glob("*.py")] == ["__init__.py"]
