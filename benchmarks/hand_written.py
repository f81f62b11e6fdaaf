"""The same decisions in plain Python, as one would write them for this policy alone: JSON text in, JSON text out.

It says why: for each decision its status and outcome, the rules that hold (id, sentence, clause ids, the facts read)
and the rules that were overruled and by which. It trusts its input: facts are not validated, unknown facts raise
KeyError, defaults that stood in are not listed, clause texts, interpretations and notes are left out, members are in
the order of writing. Nothing is kept from one case to the next.
"""

from calendar import monthrange
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson

__all__ = ["decide", "outcomes"]

Facts = dict[str, Any]
Rule = dict[str, Any]
Answer = dict[str, Any]

CENTRAL = ZoneInfo("America/Chicago")
NAMES = {1: "critical", 2: "high", 3: "medium", 4: "low"}
LIMITS = {"silver": 1, "gold": 4}
OPTIONS = {"silver": ["web"], "gold": ["web", "chat", "phone"]}
WITH_SEVERITY = ("issue", "escalation")
TARGETS = {
    (1, "silver"): (1, "business_day"),
    (1, "gold"): (1, "hour"),
    (2, "silver"): (1, "business_day"),
    (2, "gold"): (4, "hour"),
    (3, "silver"): (1, "business_day"),
    (3, "gold"): (1, "business_day"),
    (4, "silver"): (3, "business_day"),
    (4, "gold"): (3, "business_day"),
}
EXAMPLES = {
    "security_alerting_down": (1, "Security reporting or alerting does not work."),
    "restore_impossible_across_deployment": (1, "Restoring is impossible across the deployment."),
    "licensing_blocks_backup_or_restore": (1, "A licensing issue blocks backing up or restoring."),
    "upgrade_outage": (1, "An upgrade problem results in an outage."),
    "security_alerting_inconsistent": (2, "Security reporting or alerting is inconsistent."),
    "restore_impossible_many_devices": (2, "Restoring is impossible from many devices."),
    "installation": (2, "It is an installation issue."),
    "severe_performance_degradation": (2, "Performance is degraded severely."),
    "cannot_renew_account": (2, "The account can't be renewed."),
    "major_outage": (2, "An outage affects a major portion of the deployment."),
    "single_user": (3, "The issue affects a single user."),
    "backup_reports": (3, "It is a problem with backup reports."),
    "file_exclusions": (3, "It is a problem with file exclusions."),
    "cosmetic": (3, "It is a cosmetic issue."),
    "information_request": (4, "More information is asked for."),
    "documentation_error": (4, "An error in the documentation is reported."),
    "feature_request": (4, "A feature or improvement is asked for."),
}
LOSSES = {
    "severe": (2, "The issue causes a severe loss of service."),
    "minor": (3, "The issue causes a minor loss of service."),
    "little_or_none": (4, "The issue causes little to no loss of service."),
}
AFFECTED = {
    "entire_deployment": (1, "The issue affects the entire deployment."),
    "majority": (2, "The issue affects the majority of the deployment."),
    "small_portion": (3, "The issue affects a small portion of the deployment."),
    "none": (4, "The issue affects nobody."),
}


def decide(case: bytes) -> bytes:
    """Return the document of one case as JSON text: {"decisions": {name: answer}}."""
    facts = orjson.loads(case)
    scope = _scope(facts)
    decisions = {"scope": scope} | (_inside(facts) if scope["outcome"]["applies"] else _outside())
    return orjson.dumps({"decisions": decisions})


def outcomes(document: bytes) -> dict[str, Any]:
    """Return the outcome of each decision of a document; None where it is not applicable."""
    return {name: answer["outcome"] for name, answer in orjson.loads(document)["decisions"].items()}


def _inside(facts: Facts) -> dict[str, Answer]:
    eligibility = _eligibility(facts)
    severity = _severity(facts)
    return {
        "eligibility": eligibility,
        "severity": severity,
        "channel": _channel(facts, severity),
        "requester": _requester(facts),
        "response": _response(facts, eligibility, severity),
    }


def _outside() -> dict[str, Answer]:
    outside = _not_applicable("scope.small-business", {"scope.applies": False})
    return dict.fromkeys(("eligibility", "severity", "channel", "requester", "response"), outside)


def _rule(rule: str, says: str, cites: str, facts: Facts) -> Rule:
    return {"rule": rule, "says": says, "cites": [cites], "facts": facts}


def _decided(outcome: dict[str, Any], because: list[Rule], overruled: list[Rule] | None = None) -> Answer:
    return {"status": "decided", "outcome": outcome, "because": because, "overruled": overruled or []}


def _not_applicable(rule: str, facts: Facts) -> Answer:
    because = [{"rule": rule, "facts": facts}]
    return {"status": "not_applicable", "outcome": None, "because": because, "overruled": []}


def _scope(facts: Facts) -> Answer:
    segment = facts["customer"]["segment"]
    read = {"customer.segment": segment}
    if segment == "enterprise":
        because = _rule("scope.enterprise", "The policy applies to enterprise customers.", "scope", read)
        return _decided({"applies": True}, [because])
    because = _rule("scope.small-business", "Small business customers have their own policy.", "scope", read)
    return _decided({"applies": False, "refer_to": "CrashPlan for Small Business support policy"}, [because])


def _eligibility(facts: Facts) -> Answer:
    subscription = facts["customer"]["subscription"]
    current, seller = subscription["current"], subscription.get("seller", "vendor")
    reasons, because = [], []
    if not current:
        read = {"customer.subscription.current": current}
        reasons.append("subscription_not_current")
        because.append(_rule("eligibility.not-current", "There is no current subscription.", "eligibility", read))
    if seller == "other":
        read = {"customer.subscription.seller": seller}
        reasons.append("seller_not_authorized")
        because.append(_rule("eligibility.seller", "The seller is not authorized.", "eligibility", read))
    if not reasons:
        read = {"customer.subscription.current": current, "customer.subscription.seller": seller}
        says = "There is a current subscription from the vendor or an authorized reseller."
        because.append(_rule("eligibility.subscribed", says, "eligibility", read))
    return _decided({"eligible": not reasons, "reasons": reasons}, because)


def _severity(facts: Facts) -> Answer:
    service = facts["request"].get("service", "issue")
    if service not in WITH_SEVERITY:
        return _not_applicable("severity.service", {"request.service": service})
    hits = _unsupported(facts)
    outranking = len(hits)
    hits += _impact(facts["issue"])
    # The unsupported ones stand first and win; among the others the most severe do.
    level = 4 if outranking else min(level for level, _ in hits)
    because, overruled = [], []
    for place, (its_level, rule) in enumerate(hits):
        wins = place < outranking if outranking else its_level == level
        (because if wins else overruled).append(rule)
    for rule in overruled:
        rule["by"] = because[0]["rule"]
    return _decided({"level": level, "name": NAMES[level]}, because, overruled)


def _unsupported(facts: Facts) -> list[tuple[int, Rule]]:
    hits = []
    software = facts.get("product", {}).get("software")
    if software is not None:
        status, read = _lifecycle(software, facts["request"]["reported_at"])
        if status in ("ended", "terminated"):
            says = "Support for the software version has ended."
            hits.append((4, _rule("severity.unsupported-version", says, "severity-4", read)))
        if software.get("supported_configuration", True) is False:
            read = {"product.software.supported_configuration": False}
            says = "The configuration is unsupported."
            hits.append((4, _rule("severity.unsupported-configuration", says, "severity-4", read)))
    if facts["issue"]["category"] == "unsupported_version_or_configuration":
        read = {"issue.category": "unsupported_version_or_configuration"}
        says = "The issue is on an unsupported version or configuration."
        hits.append((4, _rule("severity.unsupported-reported", says, "severity-4", read)))
    return hits


def _impact(issue: Facts) -> list[tuple[int, Rule]]:
    hits = []
    loss, affected, category = issue["service_loss"], issue["affected"], issue["category"]
    if loss == "complete":
        goes_on = issue["can_continue"]
        level, name, says = (
            (2, "can-continue", "Service is lost completely but the customer can go on working.")
            if goes_on
            else (1, "cannot-continue", "Service is lost completely and the customer can't go on working.")
        )
        read = {"issue.service_loss": loss, "issue.can_continue": goes_on}
        hits.append((level, _rule("severity." + name, says, f"severity-{level}", read)))
    else:
        level, says = LOSSES[loss]
        hits.append((level, _rule("severity.loss-" + loss, says, f"severity-{level}", {"issue.service_loss": loss})))
    level, says = AFFECTED[affected]
    hits.append(
        (level, _rule("severity.affected-" + affected, says, f"severity-{level}", {"issue.affected": affected}))
    )
    if category in EXAMPLES:
        level, says = EXAMPLES[category]
        rule = _rule("severity.example-" + category, says, f"severity-{level}-examples", {"issue.category": category})
        hits.append((level, rule))
    return hits


def _lifecycle(software: Facts, reported_at: str) -> tuple[str, Facts]:
    """Return the lifecycle status on the day of the report in US Central, and the facts that settled it.

    No end of life announced is full support; the eighteen months are a minimum that outranks the six-month window.
    """
    today = datetime.fromisoformat(reported_at).astimezone(CENTRAL).date()
    terminated = software.get("terminated_on")
    if terminated is not None and date.fromisoformat(terminated) <= today:
        return "terminated", {"product.software.terminated_on": terminated, "today": today}
    if software["generally_available"]:
        return "full", {"product.software.generally_available": True}
    ends = software.get("end_of_life_on")
    if ends is None:
        return "full", {"product.software.generally_available": False}
    ends_on = date.fromisoformat(ends)
    if ends_on <= today:
        read = {"product.software.generally_available": False, "product.software.end_of_life_on": ends, "today": today}
        return "ended", read
    successor = software["successor_announced_on"]
    read = {
        "product.software.end_of_life_on": ends,
        "product.software.successor_announced_on": successor,
        "today": today,
    }
    if today < _add_months(date.fromisoformat(successor), 18) or today < _add_months(ends_on, -6):
        return "full", read
    return "security_fixes_only", read


def _add_months(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _channel(facts: Facts, severity: Answer) -> Answer:
    service = facts["request"].get("service", "issue")
    if service not in WITH_SEVERITY:
        return _not_applicable("channel.service", {"request.service": service})
    plan = facts["customer"]["plan"]
    recommended, why = _recommended(facts["issue"], plan, severity["outcome"]["level"])
    allowed, because = _allowed(facts, plan)
    options = OPTIONS[plan]
    offers = "The plan is Gold: web, chat and phone." if plan == "gold" else "The plan is Silver: web only."
    option = _rule("channel.options-" + plan, offers, "services-channels", {"customer.plan": plan})
    return _decided({"allowed": allowed, "options": options, "recommended": recommended}, [option, because, why])


def _recommended(issue: Facts, plan: str, level: int) -> tuple[str, Rule]:
    if plan == "silver":
        return "web", _rule(
            "channel.recommend-silver", "Silver reports on the web.", "reporting", {"customer.plan": plan}
        )
    read: Facts = {"customer.plan": plan, "severity.level": level}
    if level == 1:
        return "phone", _rule(
            "channel.recommend-critical", "A critical issue is urgent: call.", "reporting-phone", read
        )
    for name in ("interferes_with_restore", "prevents_device_adoption", "critical_for_many_users"):
        if issue.get(name, False):
            read = {"customer.plan": plan, "issue." + name: True}
            return "phone", _rule("channel.recommend-urgent", "The issue is urgent: call.", "reporting-phone", read)
        read["issue." + name] = False
    return "web", _rule("channel.recommend-web", "The issue is not urgent: use the web.", "reporting", read)


def _allowed(facts: Facts, plan: str) -> tuple[bool, Rule]:
    channel, registered = facts["request"]["channel"], facts["requester"]["registered"]
    read = {"request.channel": channel, "customer.plan": plan}
    if channel not in OPTIONS[plan]:
        return False, _rule("channel.not-an-option", "The plan does not offer the channel.", "services-channels", read)
    if channel == "phone":
        return True, _rule("channel.phone", "The plan offers the telephone.", "contact-phone", read)
    read["requester.registered"] = registered
    if registered:
        return True, _rule("channel.registered", "The requester is registered.", "contact-web", read)
    return False, _rule("channel.unregistered", "Web and chat need registration.", "contact-web", read)


def _requester(facts: Facts) -> Answer:
    customer, named = facts["customer"], facts["requester"]["named_contact"]
    count, plan = customer["named_contacts"], customer["plan"]
    limit = LIMITS[plan]
    read = {"requester.named_contact": named, "customer.named_contacts": count, "customer.plan": plan}
    if named:
        reason, says = (
            ("named", "The requester is a named contact.")
            if count <= limit
            else ("over_limit", "More contacts are named than the plan allows.")
        )
    else:
        reason, says = (
            ("can_be_named", "The plan has room to name the requester.")
            if count < limit
            else ("limit_reached", "The plan has no room for another contact.")
        )
    because = _rule("requester." + reason.replace("_", "-"), says, "services-administrators", read)
    return _decided({"allowed": reason == "named", "limit": limit, "reason": reason}, [because])


def _response(facts: Facts, eligibility: Answer, severity: Answer) -> Answer:
    if not eligibility["outcome"]["eligible"]:
        return _not_applicable("response.eligible", {"eligibility.eligible": False})
    if severity["outcome"] is None:
        return _not_applicable("response.severity", {"severity.level": None})
    level, plan = severity["outcome"]["level"], facts["customer"]["plan"]
    amount, unit = TARGETS[level, plan]
    read = {"severity.level": level, "customer.plan": plan}
    says = f"A {plan} customer gets an answer to severity {level} within {amount} {unit}."
    because = _rule(f"response.target({level}, {plan})", says, "response-times", read)
    return _decided({"target": {"amount": amount, "unit": unit}}, [because])
