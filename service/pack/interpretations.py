"""`interpretations.yaml` as Interpretations. What the chosen readings change in other files is in `readings.py`."""

from __future__ import annotations

from collections.abc import Mapping

from service.model.pack import Interpretation
from service.pack.readings import Choices, Tree
from service.wording import nearest
from service.written.findings import Place, Reporter
from service.written.shape import Written, elements, mapping, texts

__all__ = ["choices", "read_interpretations"]


def read_interpretations(tree: Tree, report: Reporter, chosen: Mapping[str, str]) -> dict[str, Interpretation]:
    """Return the interpretations by id; `chosen` has readings that stand in for the file's own choice."""
    found: dict[str, Interpretation] = {}
    for i, written in elements(tree.data, "interpretations"):
        each = _interpretation(written, chosen, tree.place(("interpretations", i)))
        if each.chosen not in each.readings:
            message = f"interpretation {each.id} has no reading '{each.chosen}'"
            close = nearest(each.chosen, each.readings)
            report.at(("interpretations", i, "chosen"), "unknown_reading", message, close)
        if each.id in found:
            message = f"interpretation {each.id} stands twice"
            report.at(("interpretations", i, "interpretation"), "duplicate_id", message)
        found[each.id] = each
    return found


def _interpretation(written: Written, chosen: Mapping[str, str], place: Place) -> Interpretation:
    name = str(written.get("interpretation"))
    readings = {
        str(reading): {str(key): str(text) for key, text in mapping(said).items()}
        for reading, said in mapping(written.get("readings")).items()
    }
    return Interpretation(
        id=name,
        question=str(written.get("question", "")),
        cites=texts(written.get("cites")),
        chosen=chosen.get(name, str(written.get("chosen"))),
        readings=readings,
        place=place,
    )


def choices(interpretations: Mapping[str, Interpretation]) -> Choices:
    """Return for each interpretation the reading that is in effect, and all that it has."""
    return {each.id: (each.chosen, tuple(each.readings)) for each in interpretations.values()}
