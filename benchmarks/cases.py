"""Random cases for the benchmark: complete facts as JSON text, the same for the same seed. No decision is taken here.

Every fact that scope, eligibility, severity, channel, requester and the response target read is given, or its absence
is an answer, or a default stands in. Facts that none of them reads are left out: they would only lengthen what an
engine echoes. `clock=True` adds the facts that the rest of the response (hours, zone, caveats) reads.
"""

import json
from datetime import UTC, date, datetime, timedelta, timezone
from random import Random

__all__ = ["CATEGORIES", "DECISIONS", "make_cases"]

DECISIONS = ("scope", "eligibility", "severity", "channel", "requester", "response")

# The examples of the four levels, most severe first; `other` is none of them.
CATEGORIES = (
    ("security_alerting_down", "restore_impossible_across_deployment", "licensing_blocks_backup_or_restore",
     "upgrade_outage"),
    ("security_alerting_inconsistent", "restore_impossible_many_devices", "installation",
     "severe_performance_degradation", "cannot_renew_account", "major_outage"),
    ("single_user", "backup_reports", "file_exclusions", "cosmetic"),
    ("information_request", "documentation_error", "feature_request", "unsupported_version_or_configuration"),
    ("other",),
)  # fmt: skip
SERVICES = ("issue", "escalation", "planning_consultation", "documentation", "forums")
COUNTRIES = ("US", "GB", "DE", "AU", "PT", "JP", "TW", "BR")
URGENT = ("interferes_with_restore", "prevents_device_adoption", "critical_for_many_users")

Json = dict[str, object]


def make_cases(count: int = 2_000, seed: int = 42, *, clock: bool = False) -> list[bytes]:
    """Return `count` cases, each the JSON text (UTF-8) of one facts object."""
    random = Random(seed)
    return [json.dumps(_case(random, clock=clock), separators=(",", ":")).encode() for _ in range(count)]


def _case(random: Random, *, clock: bool) -> Json:
    reported = _instant(random)
    case: Json = {
        "request": _request(random, reported),
        "customer": _customer(random, clock=clock),
        "requester": {"registered": random.random() < 0.75, "named_contact": random.random() < 0.6},
        "issue": _issue(random),
    }
    if random.random() < 0.5:
        case["product"] = {"software": _software(random, reported.date())}
    return case


def _request(random: Random, reported: datetime) -> Json:
    request: Json = {
        "reported_at": reported.isoformat().replace("+00:00", "Z"),
        "channel": random.choice(("web", "web", "chat", "phone", "email")),
    }
    if random.random() < 0.5:
        request["service"] = random.choices(SERVICES, (5, 2, 1, 1, 1))[0]
    return request


def _instant(random: Random) -> datetime:
    """Return a second of 2024 to 2027, in UTC half of the time and else at some whole-hour offset."""
    instant = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=random.randrange(4 * 365 * 86_400))
    return instant if random.random() < 0.5 else instant.astimezone(timezone(timedelta(hours=random.randint(-8, 9))))


def _customer(random: Random, *, clock: bool) -> Json:
    subscription: Json = {"current": random.random() < 0.9}
    if random.random() < 0.5:
        subscription["seller"] = random.choices(("vendor", "authorized_reseller", "other"), (4, 4, 2))[0]
    customer: Json = {
        "segment": "small_business" if random.random() < 0.05 else "enterprise",
        "plan": random.choice(("silver", "gold")),
        "subscription": subscription,
        "named_contacts": random.randrange(7),
    }
    if random.random() < 0.3:
        customer["organization"] = random.choice(("commercial", "university", "partner"))
    if clock:
        customer["country"] = random.choice(COUNTRIES)
        customer["available_24x7"] = random.random() < 0.8
    return customer


def _issue(random: Random) -> Json:
    issue: Json = {
        "category": random.choice(random.choices(CATEGORIES, (1, 2, 3, 2, 6))[0]),
        "service_loss": random.choices(("complete", "severe", "minor", "little_or_none"), (1, 2, 4, 4))[0],
        "can_continue": random.random() < 0.6,
        "affected": random.choices(("entire_deployment", "majority", "small_portion", "none"), (1, 2, 4, 4))[0],
    }
    issue |= {name: random.random() < 0.3 for name in URGENT if random.random() < 0.3}
    return issue


def _software(random: Random, today: date) -> Json:
    """Return a version somewhere on its way to the end: each lifecycle status occurs, and its exact boundaries."""
    software: Json = {
        "generally_available": random.random() < 0.25,
        "successor_announced_on": _near(random, today, months=-18).isoformat(),
    }
    if random.random() < 0.8:
        software["end_of_life_on"] = _near(random, today, months=random.choice((0, 6))).isoformat()
    if random.random() < 0.15:
        software["terminated_on"] = _near(random, today, months=0).isoformat()
    if random.random() < 0.5:
        software["supported_configuration"] = random.random() < 0.8
    return software


def _near(random: Random, today: date, *, months: int) -> date:
    """Return a day about `months` months from today: a quarter of the time within three days, else ten months."""
    spread = 3 if random.random() < 0.25 else 300
    return today + timedelta(days=round(months * 30.44) + random.randint(-spread, spread))
