"""The recipes of `docs/recipes.md` are packs: each is laid out as its reader would, checked, and its cases are run."""

import json
import re
from pathlib import Path

import pytest

from service.decision.policy import Policy
from service.decision.proving import find_gaps
from service.decision.trial import run_cases
from service.pack.loader import load_pack

PAGE = (Path(__file__).parents[2] / "docs" / "recipes.md").read_text(encoding="utf-8")
SECTIONS = re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
RECIPES = {title: text for title, text in SECTIONS if title != "The facts"}
FILE = re.compile(r"^\*\*(\S+\.yaml)\*\*\n\n```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
(FACTS,) = re.findall(r"^```json\n(.*?)^```$", dict(SECTIONS)["The facts"], re.MULTILINE | re.DOTALL)


def lay_out(title, folder):
    """Write a recipe's files, and those of which the page says what is in them: its sentence and its decisions."""
    files = dict(FILE.findall(RECIPES[title]))
    sentence = " ".join(re.findall(r"^> (.+)$", RECIPES[title], re.MULTILINE))
    (clause,) = set(re.findall(r"\bcites: (\S+)", "".join(files.values())))
    source = {"document": "Terms of repair"}
    pack = {"pack": "repairs", "version": "1.0.0", "title": "Repairs", "source": source}
    pack |= {"dates_in": "Europe/Lisbon"} if "`dates_in: Europe/Lisbon`" in RECIPES[title] else {}
    pack["decisions"] = [name for each in files for name in re.findall(r"^decisions/(\w+)\.yaml$", each)]
    clauses = [{"clause": clause, "heading": "Terms", "place": "1", "text": sentence}]
    files |= {"pack.yaml": json.dumps(pack), "clauses.yaml": json.dumps({"clauses": clauses})}
    for name, text in {**files, "facts.schema.json": FACTS}.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize("title", RECIPES)
def test_a_recipe_is_a_pack_without_a_finding_whose_cases_come_out_as_shown(title, tmp_path):
    """Whoever copies one starts from something that works."""
    pack = load_pack(lay_out(title, tmp_path))

    assert pack.warnings == ()
    assert find_gaps(pack) == []
    assert pack.cases
    assert [(trial.case.title, trial.differences) for trial in run_cases(Policy(pack)) if not trial.is_passed] == []


@pytest.mark.parametrize("title", RECIPES)
def test_a_recipe_begins_with_a_sentence_and_every_example_is_one_of_its_files(title):
    """A block that names no file would go untried; a recipe without its sentence is found by nobody."""
    assert re.match(r"\n> \S", RECIPES[title])
    assert RECIPES[title].count("\n```yaml\n") == len(FILE.findall(RECIPES[title]))


def test_the_page_begins_with_a_list_of_its_recipes():
    """Each found by what a policy says."""
    listed = re.findall(r"^\| [^|]+ \| \[([^\]]+)\]\(#([^)]+)\) \|$", PAGE, re.MULTILINE)

    assert [link for _, link in listed] == [re.sub(r"\W+", "-", title.lower()) for title in RECIPES]
