"""The same decisions in zen-engine, as a JSON decision model (JDM). What is measured is JSON text in, JSON text out.

The model is one decision table for each decision, and one for the software lifecycle that severity reads: seven
tables, every rule of the policy a row with its id, sentence and clause. All tables are `first`: zen's trace then
names the one row that decided, its cells, what its columns held, and the input and output of each table. What it
doesn't say: which rules were overruled (a `collect` severity table would, at 10 to 17 us more), why a decision is not
applicable (no row of its table matches, and the decision is absent from the result), which facts were assumed.

In zen's favour:

- the graph was tuned for it. Each table reads the input and the tables it depends on through edges, without
  pass-through (a chain with pass-through is as quick, but leaves the facts in the result); columns that seldom match
  stand first; dates are compared in cells, not in computed columns, whose names would be repeated in the trace
  (12 us). A first node that flattens the facts made it slower (by 15 us), `$nodes` instead of edges no quicker. Giving
  up the shape of the policy gains about 7 us for each table that is folded into another one (scope into eligibility),
  and 9 us when severity computes whether the version is unsupported itself; this was not done, as every side decides
  these apart.
- defaults cost it nothing: they stand in the cells (`not($ == 'other')`), and no fact is validated.
- the outcome is its own JSON: the trace is passed on as it is, not canonical, nor joined to clauses.

Nothing is computed for it: instants, dates, zone and months are its own `d()`, whose months clip to the last day like
the policy's. A date is compared as its midnight in US Central with the instant of the report, which is the same as
comparing days.

Calls measured (zen-engine 2.1.3, Python 3.11, two cores; us a decision of the 2,000 cases, with trace / without):

    engine.evaluate(key, bytes), static loader        101 / 41    used here
    engine.evaluate(key, str), static loader          101 / 41
    engine.evaluate(key, dict of orjson.loads)        104 / 44
    the same with a loader that returns a ZenDecisionContent        103 / 45
    the same with a loader that returns JSON text                   514 / 441
    ZenDecision.evaluate, of get_decision or create_decision        370-400 / 240-280
    engine.evaluate_batch of all 2,000, two cores     205 / 60
    engine.evaluate_batch of one                      142 / 56
    engine.async_evaluate, awaited singly             257 / 155;  gathered: 234 / 86

All of them return Python objects; there is no call that returns text, so `orjson.dumps` (about 16 us of the 101)
follows.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson
import zen

from benchmarks.cases import DECISIONS
from benchmarks.hand_written import AFFECTED, EXAMPLES, LOSSES, NAMES, TARGETS

__all__ = ["decider", "model", "outcomes"]

Node = dict[str, Any]
Row = tuple[str, str, str, Mapping[str, str]]  # name, sentence, clause, cells by column

KEY = "support"
SEGMENT, SERVICE = "customer.segment", "request.service ?? 'issue'"
ENTERPRISE = {SEGMENT: "'enterprise'"}
WITH_SEVERITY = ENTERPRISE | {SERVICE: "'issue', 'escalation'"}
INPUT: Node = {"id": "facts", "type": "inputNode", "name": "facts", "content": {}}
OUTPUT: Node = {"id": "outcomes", "type": "outputNode", "name": "outcomes", "content": {}}


def decider(*, trace: bool = True) -> Callable[[bytes], bytes]:
    """Return the function from one case to zen's whole answer, JSON text both: {"performance", "result", "trace"}."""
    evaluate = zen.ZenEngine({"loader": {"type": "static", "content": {KEY: model()}}}).evaluate
    options: Any = {"trace": trace}

    def decide(case: bytes) -> bytes:
        return orjson.dumps(evaluate(KEY, case, options))

    return decide


def outcomes(document: bytes) -> dict[str, Any]:
    """Return the outcome of each decision of zen's answer; None where it is not applicable."""
    result = orjson.loads(document)["result"]
    return {name: result.get(name) for name in DECISIONS}


def model() -> dict[str, Any]:
    """Return the decision graph: which table reads the facts, and which reads the outcome of another."""
    tables = [_lifecycle(), _scope(), _eligibility(), _severity(), _channel(), _requester(), _response()]
    edges = [("facts", table["id"]) for table in tables]
    edges += [("lifecycle", "severity"), ("severity", "channel"), ("severity", "response"), ("eligibility", "response")]
    edges += [(name, "outcomes") for name in DECISIONS]
    return {
        "nodes": [INPUT, *tables, OUTPUT],
        "edges": [
            {"id": f"{source}-{target}", "sourceId": source, "targetId": target, "type": "edge"}
            for source, target in edges
        ],
    }


def _table(name: str, when: Sequence[str], then: Sequence[str], rows: Sequence[Row]) -> Node:
    """Return a table node with the columns `when` and `then`; a cell that a row does not name is empty."""
    inputs = [{"id": f"i{place}", "name": column, "field": column} for place, column in enumerate(when)]
    outputs = [{"id": f"o{place}", "name": column, "field": column} for place, column in enumerate(then)]
    content = {
        "hitPolicy": "first",
        "passThrough": False,
        "inputField": None,
        "outputPath": None,
        "executionMode": "single",
        "inputs": inputs,
        "outputs": outputs,
        "rules": [
            {"_id": f"{name}.{rule}", "_description": f"{says} [{clause}]"}
            | {column["id"]: cells.get(column["field"], "") for column in inputs + outputs}
            for rule, says, clause, cells in rows
        ],
    }
    return {"id": name, "type": "decisionTableNode", "name": name, "content": content}


def _lifecycle() -> Node:
    terminated, available = "product.software.terminated_on", "product.software.generally_available"
    ends, successor = "product.software.end_of_life_on", "product.software.successor_announced_on"
    now, day = "d(request.reported_at)", "d($, 'America/Chicago')"
    gone = {available: "false"}
    full = {"lifecycle": "'full'"}
    rows: list[Row] = [
        ("terminated", "Support for the version was ended early.", "software-termination",
         {terminated: f"$ != null and {day} <= {now}", "lifecycle": "'terminated'"}),
        ("available", "The version is generally available.", "software-support", {available: "true"} | full),
        ("unannounced", "No end of life has been announced.", "software-support", gone | {ends: "null"} | full),
        ("ended", "The end of life has passed.", "software-support",
         gone | {ends: f"{day} <= {now}", "lifecycle": "'ended'"}),
        ("minimum", "The successor was announced less than eighteen months ago.", "software-full",
         gone | {successor: f"{now} < {day}.add('18M')"} | full),
        ("not-near", "The end of life is more than six months away.", "software-security",
         gone | {ends: f"{now} < {day}.sub('6M')"} | full),
        ("window", "The end of life is at most six months away.", "software-security",
         gone | {"lifecycle": "'security_fixes_only'"}),
    ]  # fmt: skip
    return _table("lifecycle", [terminated, available, ends, successor], ["lifecycle"], rows)


def _scope() -> Node:
    policy = "'CrashPlan for Small Business support policy'"
    rows: list[Row] = [
        ("enterprise", "The policy applies to enterprise customers.", "scope", ENTERPRISE | {"scope.applies": "true"}),
        ("small-business", "Small business customers have their own policy.", "scope",
         {SEGMENT: "'small_business'", "scope.applies": "false", "scope.refer_to": policy}),
    ]  # fmt: skip
    return _table("scope", [SEGMENT], ["scope.applies", "scope.refer_to"], rows)


def _eligibility() -> Node:
    current, seller = "customer.subscription.current", "customer.subscription.seller"
    no = ENTERPRISE | {"eligibility.eligible": "false"}
    both = "['subscription_not_current', 'seller_not_authorized']"
    rows: list[Row] = [
        ("subscribed", "There is a current subscription from the vendor or an authorized reseller.", "eligibility",
         ENTERPRISE | {current: "true", seller: "not($ == 'other')",
                       "eligibility.eligible": "true", "eligibility.reasons": "[]"}),
        ("seller", "The seller is not authorized.", "eligibility",
         no | {current: "true", "eligibility.reasons": "['seller_not_authorized']"}),
        ("neither", "There is no current subscription, and the seller is not authorized.", "eligibility",
         no | {seller: "'other'", "eligibility.reasons": both}),
        ("not-current", "There is no current subscription.", "eligibility",
         no | {"eligibility.reasons": "['subscription_not_current']"}),
    ]  # fmt: skip
    return _table("eligibility", [current, seller, SEGMENT], ["eligibility.eligible", "eligibility.reasons"], rows)


def _severity() -> Node:
    configuration = "product.software.supported_configuration"
    category, loss, affected = "issue.category", "issue.service_loss", "issue.affected"
    unsupported = [
        ("unsupported-version", "Support for the software version has ended.", {"lifecycle": "'ended', 'terminated'"}),
        ("unsupported-configuration", "The configuration is unsupported.", {configuration: "false"}),
        ("unsupported-reported", "The issue is on an unsupported version or configuration.",
         {category: "'unsupported_version_or_configuration'"}),
    ]  # fmt: skip
    complete = {loss: "'complete'"}
    impact = [
        (1, "cannot-continue", "Service is lost completely and the customer can't go on working.",
         complete | {"issue.can_continue": "false"}),
        (2, "can-continue", "Service is lost completely but the customer can go on working.",
         complete | {"issue.can_continue": "true"}),
        *((level, f"loss-{value}", says, {loss: f"'{value}'"}) for value, (level, says) in LOSSES.items()),
        *((level, f"affected-{value}", says, {affected: f"'{value}'"}) for value, (level, says) in AFFECTED.items()),
        *((level, f"example-{value}", says, {category: f"'{value}'"}) for value, (level, says) in EXAMPLES.items()),
    ]  # fmt: skip
    ranked = [(4, *rule) for rule in unsupported] + sorted(impact, key=lambda rule: rule[0])
    rows: list[Row] = [
        (name, says, f"severity-{level}",
         WITH_SEVERITY | cells | {"severity.level": str(level), "severity.name": f"'{NAMES[level]}'"})
        for level, name, says, cells in ranked
    ]  # fmt: skip
    when = ["lifecycle", configuration, category, loss, "issue.can_continue", affected, SEGMENT, SERVICE]
    return _table("severity", when, ["severity.level", "severity.name"], rows)


def _channel() -> Node:
    plan, used, registered = "customer.plan", "request.channel", "requester.registered"
    urgent = (
        "severity.level == 1 or issue.interferes_with_restore == true"
        " or issue.prevents_device_adoption == true or issue.critical_for_many_users == true"
    )
    silver = WITH_SEVERITY | {plan: "'silver'", "channel.options": "['web']", "channel.recommended": "'web'"}
    gold = WITH_SEVERITY | {plan: "'gold'", "channel.options": "['web', 'chat', 'phone']"}
    call = gold | {urgent: "true", "channel.recommended": "'phone'"}
    write = gold | {urgent: "false", "channel.recommended": "'web'"}
    yes, no = {"channel.allowed": "true"}, {"channel.allowed": "false"}
    online = {used: "'web', 'chat'", registered: "true"}
    rows: list[Row] = [
        ("silver-web", "Silver offers the web, and the requester is registered.", "contact-web",
         silver | {used: "'web'", registered: "true"} | yes),
        ("silver-not", "Silver offers the web only, to registered requesters.", "contact-web", silver | no),
        ("urgent-phone", "Gold offers the telephone, best for urgent issues.", "contact-phone",
         call | {used: "'phone'"} | yes),
        ("urgent-online", "Gold offers web and chat; better call.", "contact-web", call | online | yes),
        ("urgent-not", "Gold offers no such channel to the requester; better call.", "contact-web", call | no),
        ("phone", "Gold offers the telephone; the web is enough.", "contact-phone", write | {used: "'phone'"} | yes),
        ("online", "Gold offers web and chat to registered requesters.", "contact-web", write | online | yes),
        ("not", "Gold offers no such channel to the requester; use the web.", "contact-web", write | no),
    ]  # fmt: skip
    then = ["channel.allowed", "channel.options", "channel.recommended"]
    return _table("channel", [used, registered, urgent, plan, SEGMENT, SERVICE], then, rows)


def _requester() -> Node:
    plan, named, count = "customer.plan", "requester.named_contact", "customer.named_contacts"
    rows: list[Row] = []
    for name, limit in (("silver", 1), ("gold", 4)):
        no = ENTERPRISE | {plan: f"'{name}'", "requester.limit": str(limit), "requester.allowed": "false"}
        rows += [
            (f"{name}-named", "The requester is a named contact.", "services-administrators",
             no | {named: "true", count: f"<= {limit}", "requester.allowed": "true", "requester.reason": "'named'"}),
            (f"{name}-over-limit", "More contacts are named than the plan allows.", "services-administrators",
             no | {named: "true", "requester.reason": "'over_limit'"}),
            (f"{name}-can-be-named", "The plan has room to name the requester.", "services-administrators",
             no | {count: f"< {limit}", "requester.reason": "'can_be_named'"}),
            (f"{name}-limit-reached", "The plan has no room for another contact.", "services-administrators",
             no | {"requester.reason": "'limit_reached'"}),
        ]  # fmt: skip
    then = ["requester.allowed", "requester.limit", "requester.reason"]
    return _table("requester", [named, count, plan, SEGMENT], then, rows)


def _response() -> Node:
    rows: list[Row] = [
        (
            f"target({level}, {plan})",
            f"A {plan} customer gets an answer to severity {level} within {amount} {unit}.",
            "response-times",
            {
                "severity.level": str(level),
                "customer.plan": f"'{plan}'",
                "eligibility.eligible": "true",
                "response.target.amount": str(amount),
                "response.target.unit": f"'{unit}'",
            },
        )
        for (level, plan), (amount, unit) in TARGETS.items()
    ]
    when = ["severity.level", "customer.plan", "eligibility.eligible"]
    return _table("response", when, ["response.target.amount", "response.target.unit"], rows)
