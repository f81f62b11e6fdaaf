"""The calls that show what is in force: `/v1/policies` and below. The pages themselves are in `pack_pages.py`."""

from __future__ import annotations

from flask import Blueprint, Response

from service.decision.desk import Desk
from service.decision.policy import Policy
from service.jsontext import Json
from service.web.answers import accept_json, answer, answer_json
from service.web.pack_pages import PackPages, version_json
from service.web.parameters import read_parameters
from service.web.problems import refuse
from service.wording import did_you_mean

__all__ = ["policy_calls"]


def policy_calls(desk: Desk) -> Blueprint:
    """Return the calls. Each but the first takes `?version=`; without it the newest version is shown."""
    calls = Blueprint("policies", __name__)
    pages = {id(policy): PackPages(policy) for versions in desk.policies.values() for policy in versions}

    def pages_of(name: str) -> PackPages:
        return pages[id(_chosen(desk.versions(name)))]

    @calls.get("/v1/policies")
    def policies() -> Response:
        read_parameters()
        return answer_json({"policies": [_listed(desk, name) for name in sorted(desk.policies)]})

    @calls.get("/v1/policies/<name>")
    def policy(name: str) -> Response:
        versions: list[Json] = [version_json(each.pack) for each in desk.versions(name)]
        return answer_json({**pages_of(name).head, "versions": versions})

    @calls.get("/v1/policies/<name>/clauses")
    def clauses(name: str) -> Response:
        return answer(pages_of(name).clauses)

    @calls.get("/v1/policies/<name>/rules")
    def rules(name: str) -> Response:
        return answer(pages_of(name).rules)

    @calls.get("/v1/policies/<name>/facts-schema")
    def facts_schema(name: str) -> Response:
        return answer(pages_of(name).facts_schema)

    calls.before_request(accept_json)
    return calls


def _listed(desk: Desk, name: str) -> Json:
    versions = desk.policies[name]
    return {
        "id": name,
        "title": versions[-1].pack.title,
        "is_default": name == desk.default,
        "versions": [version_json(policy.pack) for policy in versions],
    }


def _chosen(versions: list[Policy]) -> Policy:
    wanted = read_parameters("version").get("version")
    if wanted is None:
        return versions[-1]
    by_version = {policy.pack.version: policy for policy in versions}
    if wanted not in by_version:
        name = versions[-1].pack.id
        hint = did_you_mean(wanted, by_version)
        there_is = ", ".join(by_version)
        refuse("unknown-version", f"The policy '{name}' has no version '{wanted[:40]}'.{hint} There is: {there_is}.")
    return by_version[wanted]
