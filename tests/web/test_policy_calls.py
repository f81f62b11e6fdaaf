"""The pages that show what is in force, and health."""

import json
import shutil

import pytest
from jsonschema import Draft202012Validator

from service.decision.desk import Desk
from service.decision.policy import Policy
from service.jsontext import canonical, parse
from service.pack.loader import load_pack
from service.web.app import create_app
from service.web.pack_pages import PackPages
from service.web.page_schemas import PAGE_SCHEMAS
from tests.analysis.small_packs import load
from tests.analysis.small_packs import rules as small_rules

PAGES = {
    "/v1/policies": "Policies",
    "/v1/policies/library-loans": "Policy",
    "/v1/policies/library-loans/clauses": "Clauses",
    "/v1/policies/library-loans/rules": "Rules",
    "/v1/policies/library-loans/facts-schema": "FactsSchema",
    "/healthz": "Live",
    "/readyz": "Ready",
}


@pytest.fixture
def rules(client):
    """The decisions of the rules page, by id."""
    page = client.get("/v1/policies/library-loans/rules").get_json()
    return {decision["decision"]: decision for decision in page["decisions"]}


@pytest.mark.parametrize(("path", "name"), PAGES.items())
def test_each_page_is_as_its_schema_says(client, path, name):
    """Callers build on the OpenAPI document."""
    response = client.get(path)

    assert (response.status_code, response.mimetype) == (200, "application/json")
    Draft202012Validator(PAGE_SCHEMAS[name]).validate(response.get_json())
    assert canonical(parse(response.data)) == response.data


def test_a_hidden_decision_is_shown_as_such(tmp_path):
    """With its rules, as traces name them; the others say nothing of it."""
    given = {"gives": {"late": "boolean"}, "rules": small_rules("late", ({}, {"late": True}))}
    shown = {"decision": "fee", "gives": {"late": {"from": "late.late"}}}
    facts = {"loan.kind": {"type": "string"}}
    pages = PackPages(Policy(load(tmp_path, facts, {"decision": "late", "hidden": True, **given}, shown)))

    head, rules = json.loads(canonical(dict(pages.head))), json.loads(pages.rules)

    for page, name in ((rules, "Rules"), ({**head, "versions": []}, "Policy")):
        Draft202012Validator(PAGE_SCHEMAS[name]).validate(page)
        assert [each.get("hidden") for each in page["decisions"]] == [True, None]


def test_a_clock_is_shown_with_each_key_that_its_owner_wrote(tmp_path):
    """Its conventions, its stop and its warnings too; what says which cases it concerns is no part of its own."""
    desk = {"calendar": "desk", "zone": "Etc/UTC", "hours": {"monday to friday": "09:00-17:00"}}
    written = {
        "clock": "reply.clock",
        "says": "A reply is due.",
        "cites": "c",
        "starts": "asked_at",
        "stops": "answered_at",
        "amount": 2,
        "unit": "business_day",
        "calendar": "desk",
        "zone": "Etc/UTC",
        "written_in": "Europe/Lisbon",
        "pauses": "pauses",
        "counts": "forward",
        "business_day_ends": "12:00",
        "first_day": "next_day",
        "after_closing": "closing",
        "pauses_take": "closings",
        "at_closing": "due",
        "warnings": [{"elapsed": 75, "unit": "percent", "gives": "warned_at"}],
        "gives": {"due_at": "due_at", "state": "state"},
    }
    instant, none = {"type": "string", "format": "date-time"}, {"x-absent": "none"}
    ends = {"type": "object", "additionalProperties": False, "properties": {"from": instant, "to": instant}}
    facts = {"asked_at": instant, "answered_at": {**instant, **none}, "pauses": {"type": "array", "items": ends}}
    concern = {"says": "Late ones.", "cites": "c", "when": {"late": True}}
    reply = {"decision": "reply", "gives": {"due_at": "instant", "state": "string", "warned_at": "instant"}}
    reply["parts"] = [{**written, "applies_when": concern}]
    pack = load(tmp_path, {**facts, "late": {"type": "boolean"}}, reply, calendars=[desk], head={"as_of": "asked_at"})

    page = json.loads(PackPages(Policy(pack)).rules)

    Draft202012Validator(PAGE_SCHEMAS["Rules"]).validate(page)
    (clock,) = page["decisions"][0]["parts"]
    assert clock.pop("applies_when")["rule"] == "reply.clock.applies"
    assert clock == {**written, "cites": ["c"], "interpretations": []}


def test_lists_of_holidays_are_shown_where_a_pack_has_some(tmp_path, pack):
    """Beside the calendars that name them; a pack without is shown as ever."""
    shutil.copytree(pack.folder, tmp_path / "pack")
    desk = tmp_path / "pack" / "calendars" / "desk.yaml"
    lists = {"holidays": "town", "days": [{"holiday": "Town Day", "date": "06-13"}]}
    (tmp_path / "pack" / "holidays").mkdir()
    (tmp_path / "pack" / "holidays" / "town.yaml").write_text(json.dumps(lists))
    plain = PackPages(Policy(load_pack(tmp_path / "pack"))).rules
    desk.write_text(desk.read_text() + "special_days: [{special_day: S, date: 06-14, hours: '09:00-10:00'}]\n")

    page = json.loads(PackPages(Policy(load_pack(tmp_path / "pack"))).rules)

    assert page["holidays"] == json.loads(plain)["holidays"] == [lists]
    assert page["calendars"][0]["special_days"][0]["special_day"] == "S"
    Draft202012Validator(PAGE_SCHEMAS["Rules"]).validate(page)
    assert "holidays" not in json.loads(PackPages(Policy(pack)).rules)


def test_the_policies_are_listed_with_their_versions(client, pack):
    """A digest tells whether two services decide by the same rules."""
    assert client.get("/v1/policies").get_json()["policies"] == [
        {
            "id": "library-loans",
            "title": "Rules for library loans",
            "is_default": True,
            "versions": [{"version": "1.0.0", "digest": pack.digest, "in_force": {"from": None, "until": None}}],
        }
    ]


def test_a_policy_tells_its_decisions_in_its_own_order(client, pack):
    """As its owner lists them."""
    policy = client.get("/v1/policies/library-loans").get_json()

    assert [each["decision"] for each in policy["decisions"]] == list(pack.decisions)
    assert (policy["as_of"], policy["dates_in"]) == ("loan.asked_at", "Europe/Lisbon")


def test_each_rule_of_the_pack_is_shown(rules, pack):
    """Every id that a trace can name is found on the page."""
    shown = {
        each["rule"]
        for decision in rules.values()
        for part in decision["parts"]
        for each in (*part.get("rules", ()), *part.get("rows", ()))
    }
    written = {
        rule.id
        for decision in pack.decisions.values()
        for part in decision.parts
        if hasattr(part, "rules")
        for rule in part.rules
    }

    assert shown == written
    assert {"fine.late", "fine.amount(high, adult)", "reply.target(map or film, short)"} <= shown


def test_a_rule_is_shown_as_its_owner_wrote_it(rules):
    """Conditions in the pack's own language."""
    shown = {rule["rule"]: rule for rule in rules["fine"]["parts"][0]["rules"]}["fine.late"]

    assert shown == {
        "rule": "fine.late",
        "says": "The item came back late.",
        "cites": ["fines"],
        "interpretations": ["last-day-is-in"],
        "when": {"any": [{"loan.days_late": {"at_least": 1}}, {"loan.overdue": True}]},
        "then": {"level": "low"},
        "outranks": [],
    }


def test_a_row_is_shown_as_condition_and_outcome(rules):
    """Without the cells that say "whatever"."""
    table = next(part for part in rules["fine"]["parts"] if part.get("table") == "fine.amount")

    assert table["rows"][4]["when"] == {"fine.level": "none"}
    assert table["rows"][4]["then"] == {"amount": 0}


def test_parts_stand_in_the_order_in_which_they_were_written(rules):
    """Inside, they are put into the order in which they must be worked out."""
    assert [part.get("part") or part.get("table") for part in rules["fine"]["parts"]] == [
        "fine.level",
        "fine.amount",
        "fine.parts",
        "fine.waiver",
    ]


def test_a_clock_shows_what_it_counts(rules):
    """From when, how much, over which calendar."""
    clock = next(part for part in rules["reply"]["parts"] if "clock" in part)

    assert (clock["clock"], clock["starts"], clock["amount"]) == ("reply.clock", "loan.asked_at", "reply.amount")


def test_the_chosen_reading_stands_in_the_place_of_a_choice(rules):
    """The page shows what decides; the readings are told beside it."""
    assert rules["fine"]["parts"][0]["order"] == {"level": ["high", "low", "none"]}


def test_interpretations_are_shown_with_all_their_readings(client):
    """Whoever would choose otherwise sees what that would change."""
    page = client.get("/v1/policies/library-loans/rules").get_json()
    shown = next(each for each in page["interpretations"] if each["interpretation"] == "worst-fine-counts")

    assert shown["chosen"] == "worst"
    assert sorted(shown["readings"]) == ["mildest", "worst"]


def test_a_clause_names_what_cites_it(client):
    """The way from the text to the rules."""
    clauses = {each["clause"]: each for each in client.get("/v1/policies/library-loans/clauses").get_json()["clauses"]}

    assert {"fine.applies", "fine.late", "fine.amount(high, adult)", "fine.letter"} <= set(clauses["fines"]["cited_by"])
    assert clauses["fines"]["text"]


def test_the_facts_schema_is_the_one_of_the_pack(client, pack):
    """An editor or a form is made from it."""
    served = client.get("/v1/policies/library-loans/facts-schema").get_json()

    assert served == json.loads(pack.files["facts.schema.json"])


def test_the_newest_version_is_shown_unless_another_is_named(make_version, store):
    """Who has an old decision in hand asks for the version that it names."""
    desk = Desk([make_version("1.1.0", until="2026-03-01"), make_version("2.0.0", **{"from": "2026-03-01"})])
    client = create_app(desk, store).test_client()

    def version(query):
        return client.get(f"/v1/policies/library-loans/rules{query}").get_json()["policy"]["version"]

    assert (version(""), version("?version=1.1.0")) == ("2.0.0", "1.1.0")
    assert [each["version"] for each in client.get("/v1/policies/library-loans").get_json()["versions"]] == [
        "1.1.0",
        "2.0.0",
    ]


@pytest.mark.parametrize("page", ["", "/clauses", "/rules", "/facts-schema"])
def test_an_unknown_policy_or_version_is_not_found(client, page):
    """Both with what was perhaps meant."""
    policy = client.get(f"/v1/policies/library-loan{page}")
    version = client.get(f"/v1/policies/library-loans{page}?version=1.0.1")

    assert (policy.status_code, policy.get_json()["type"]) == (404, "/docs/problems/unknown-policy")
    assert (version.status_code, version.get_json()["type"]) == (404, "/docs/problems/unknown-version")
    assert version.get_json()["detail"].endswith("Did you mean '1.0.0'? There is: 1.0.0.")


def test_ready_is_who_can_write(client, store):
    """A load balancer sends nobody to a service whose disk is gone."""
    assert client.get("/readyz").get_json()["policies"][0]["id"] == "library-loans"
    store.database.path.unlink()

    assert client.get("/readyz").status_code == 503
    assert client.get("/healthz").status_code == 200


def test_what_is_left_and_that_there_is_nothing_are_shown_as_words(tmp_path):
    """Of rules and rows alike; and what is made of all that rules give."""
    fee = {"decision": "fee", "cites": "c", "gives": {"cost": "integer"}, "hit_policy": "collect"}
    fee |= {"collect": {"cost": "sum"}}
    fee["rules"] = small_rules("fee", ({"late": True}, {"cost": 1}), ("otherwise", "nothing"))
    rows = [[True, 1], {"otherwise": ["nothing"]}]
    table = {"decision": "due", "says": "So.", "cites": "c", "gives": {"days": "integer"}}
    table |= {"columns": {"when": "late", "then": "days"}, "rows": rows}
    part = {"part": "sent.so", "rules": small_rules("sent", ({}, {"so": True}))}
    part["applies_when"] = {"says": "All late ones.", "cites": "c", "when": {"late": True}}
    sent = {"decision": "sent", "cites": "c", "gives": {"so": "boolean"}, "parts": [part]}
    pages = PackPages(Policy(load(tmp_path, {"late": {"type": "boolean"}}, fee, table, sent)))

    page = json.loads(pages.rules)
    Draft202012Validator(PAGE_SCHEMAS["Rules"]).validate(page)
    rules, rows, concerned = (decision["parts"][0] for decision in page["decisions"])
    assert (concerned["applies_when"]["rule"], concerned["applies_when"]["when"]) == ("sent.so.applies", {"late": True})
    assert [rule["rule"] for rule in concerned["rules"]] == ["sent.r1"]
    assert (rules["collect"], "collect" in rows) == ({"cost": "sum"}, False)
    assert [(rule["when"], rule["then"]) for rule in rules["rules"]] == [
        ({"late": True}, {"cost": 1}),
        ("otherwise", "nothing"),
    ]
    assert [(row["when"], row["then"]) for row in rows["rows"]] == [
        ({"late": True}, {"days": 1}),
        ("otherwise", "nothing"),
    ]
