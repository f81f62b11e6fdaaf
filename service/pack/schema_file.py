"""The facts schema that `pack.yaml` names, read and placed. What it may say is in `structure.py` and `facts.py`."""

from __future__ import annotations

from service.errors import InvalidFactsSchema, MalformedJson, Problem
from service.facts.countries import Countries
from service.facts.schema import FactsSchema
from service.jsontext import Json, parse
from service.pack.country_sets import VALUES, with_countries
from service.written.findings import Finding, Place, Reporter, Steps
from service.written.structure import check_structure
from service.written.yaml_source import MAX_BYTES, YamlSource, yaml_source

__all__ = ["names_countries", "no_facts", "read_facts_schema"]


def no_facts() -> FactsSchema:
    """Return the schema of cases without facts: it stands for one that could not be read."""
    return FactsSchema.from_document({"type": "object", "properties": {}, "additionalProperties": False})


def read_facts_schema(
    content: bytes, shown_as: str, findings: list[Finding], countries: Countries | None = None
) -> FactsSchema | None:
    """Read the bytes of a facts schema; None with findings when it is wrong.

    countries  the table of countries, for a schema that names some
    """
    if len(content) > MAX_BYTES:
        findings.extend(yaml_source(content, shown_as).findings)
        return None
    try:
        document = parse(content)
    except MalformedJson as wrong:
        place = Place(shown_as, max(wrong.line, 1), max(wrong.column, 1))
        findings.append(Finding(place, "malformed_json", wrong.message))
        return None
    if not isinstance(document, dict):
        findings.append(Finding(Place(shown_as, 1, 1), "wrong_type", "the facts schema is a JSON object"))
        return None
    # JSON is YAML, all but: so each piece has its line and column.
    places = yaml_source(content, shown_as)
    broken = check_structure(document, places, "facts-schema.meta")
    findings.extend(broken)
    if broken:
        return None
    if countries is not None:
        told = len(findings)
        document = with_countries(document, countries, Reporter(places, findings))
        if len(findings) > told:
            return None
    return _schema(document, places, findings)


def names_countries(content: bytes) -> bool:
    """Say whether a facts schema may name countries by their regions."""
    return f'"{VALUES}"'.encode() in content


def _schema(document: Json, places: YamlSource, findings: list[Finding]) -> FactsSchema | None:
    try:
        return FactsSchema.from_document(document)  # type: ignore[arg-type]
    except InvalidFactsSchema as wrong:
        report = Reporter(places, findings)
        for problem in wrong.problems:
            report.at(_steps(problem), problem.code, f"{problem.pointer}: {problem.message}", problem.nearest)
        return None


def _steps(problem: Problem) -> Steps:
    """Return the path that a JSON pointer (RFC 6901) takes; a number in it is a position in a list."""
    steps = [step.replace("~1", "/").replace("~0", "~") for step in problem.pointer.split("/")[1:]]
    return tuple(int(step) if step.isdecimal() else step for step in steps)
