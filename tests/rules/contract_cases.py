"""Random cases close to where the policy draws its lines: complete ones, and values that complete others."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from tests.rules.contract_oracle import (
    AFRICA,
    AMERICAS,
    ASIA,
    CATEGORIES,
    EUROPE,
    NOWHERE,
    OCEANIA,
    REPORT_ITEMS,
    add_months,
    holidays_of,
)

__all__ = ["COUNTRIES", "SUBJECTS", "choices", "complete_case", "drop", "facts_in", "put", "values_for"]

COUNTRIES = sorted(EUROPE | ASIA | AFRICA | AMERICAS | OCEANIA | NOWHERE)
SUBJECTS = ("product.software", "product.hardware", "escalation")
ZONES = [ZoneInfo(name) for name in ("America/Chicago", "Europe/Lisbon", "UTC", "Asia/Kathmandu", "Pacific/Kiritimati")]
EDGES = [
    time(0), time(7, 59, 59), time(8), time(8, 0, 1), time(12, 34, 56, 789000), time(13), time(16), time(16, 59, 59),
    time(17), time(17, 0, 1), time(23, 59, 59),
]  # fmt: skip
BOOLEAN = [True, False]
CHOICES: dict[str, list[Any]] = {
    "request.service": ["issue", "escalation"] * 2 + ["planning_consultation", "documentation", "forums"],
    "request.channel": ["web", "chat", "phone", "email"],
    "customer.segment": ["enterprise"] * 15 + ["small_business"],
    "customer.plan": ["silver", "gold"],
    "customer.organization": ["commercial", "university", "partner"],
    "customer.subscription.current": [True] * 9 + [False],
    "customer.subscription.seller": ["vendor", "authorized_reseller", "vendor", "authorized_reseller", "other"],
    "customer.named_contacts": [0, 1, 2, 3, 4, 5, 2**53],
    "customer.responsive": [True, True, False],
    "customer.available_24x7": BOOLEAN,
    "requester.registered": BOOLEAN,
    "requester.named_contact": BOOLEAN,
    "issue.category": [each for examples in CATEGORIES.values() for each in examples] + ["other"] * 12,
    "issue.service_loss": ["complete", "complete", "severe", "minor", "little_or_none"],
    "issue.can_continue": BOOLEAN,
    "issue.affected": ["entire_deployment", "majority", "small_portion", "small_portion", "none"],
    "issue.interferes_with_restore": [True, False, False],
    "issue.prevents_device_adoption": [True, False, False],
    "issue.critical_for_many_users": [True, False, False],
    "product.software.version": ["8.0", "x" * 64],
    "product.software.generally_available": [True, False, False, False],
    "product.software.vulnerable": BOOLEAN,
    "product.software.supported_configuration": [True] * 6 + [False],
    "product.hardware.generally_available": [True] * 6 + [False],
    "product.hardware.annual_support": [True] * 6 + [False],
    "product.hardware.software_current": BOOLEAN,
    "product.hardware.firmware_current": BOOLEAN,
    "product.hardware.content_current": BOOLEAN,
    "product.managed_appliance": BOOLEAN,
    "product.monitored_private_authority": BOOLEAN,
    "product.addendum_followed": BOOLEAN,
    "escalation.ticket_number": ["T-1", "9" * 64],
    "escalation.reason": ["Nobody answers.", "é" * 4000],
    "escalation.expected_severity": [1, 2, 3, 4],
    "escalation.contact": ["call the front desk"],
    "escalation.manager_action": ["transfer", "keep", "conversation"],
    "escalation.communicated": BOOLEAN,
}
DATES = [
    "product.software.successor_announced_on",
    "product.software.end_of_life_on",
    "product.software.terminated_on",
    "product.hardware.purchased_on",
]
NEED_NOT_BE_THERE = {
    "request.service": 0.2,
    "customer.organization": 0.5,
    "customer.subscription.seller": 0.3,
    "customer.responsive": 0.5,
    "issue.interferes_with_restore": 0.5,
    "issue.prevents_device_adoption": 0.5,
    "issue.critical_for_many_users": 0.5,
    "product.software.vulnerable": 0.5,
    "product.software.supported_configuration": 0.5,
    "product.software.end_of_life_on": 0.25,
    "product.software.terminated_on": 0.8,
    "product.managed_appliance": 0.5,
    "product.monitored_private_authority": 0.5,
    "escalation.ticket_number": 0.15,
    "escalation.reason": 0.15,
    "escalation.expected_severity": 0.15,
    "escalation.contact": 0.5,
    "escalation.manager_action": 0.3,
    "escalation.communicated": 0.4,
}  # how often a fact with a default, or one whose absence is an answer, is left out


def put(facts: dict[str, Any], path: str, value: Any) -> None:
    """Set a dotted fact."""
    *steps, last = path.split(".")
    for step in steps:
        facts = facts.setdefault(step, {})
    facts[last] = value


def drop(facts: dict[str, Any], path: str) -> None:
    """Take a dotted fact away; the objects around it stay."""
    *steps, last = path.split(".")
    for step in steps:
        facts = facts[step]
    del facts[last]


def facts_in(facts: dict[str, Any], around: str = "") -> Iterator[str]:
    """Yield the dotted names of the facts in a case."""
    for name, value in facts.items():
        if isinstance(value, dict):
            yield from facts_in(value, f"{around}{name}.")
        else:
            yield around + name


def day_near_an_edge(random: Random) -> date:
    """Return a day around a weekend, a holiday, a change of clocks, a leap day or the ends of the calendar."""
    year = random.choice([2024, 2025, 2026, 2027, 2028, random.randint(1901, 9898)])
    holiday = random.choice(sorted(holidays_of(year)))
    return random.choice(
        [
            holiday + timedelta(random.randint(-2, 2)),
            date(year, 2, 26) + timedelta(random.randint(0, 4)),
            date(year, 3, 5) + timedelta(random.randint(0, 28)),
            date(year, 10, 24) + timedelta(random.randint(0, 16)),
            date(year, 1, 1) + timedelta(random.randint(0, 364)),
        ]
    )


def instant_near_an_edge(random: Random) -> str:
    """Return an instant near opening, closing or midnight somewhere, written in some offset."""
    local = datetime.combine(day_near_an_edge(random), random.choice(EDGES), random.choice(ZONES[:2]))
    moment = local.astimezone(random.choice(ZONES))
    if moment.utcoffset().total_seconds() % 60:  # local mean time, which RFC 3339 can't write
        moment = moment.astimezone(ZONES[2])
    return moment.isoformat()


def date_near_an_edge(random: Random, path: str, today: date) -> str:
    """Return a date whose line falls a day before, on or after today, or some other date."""
    months = {
        "product.software.successor_announced_on": [-18, -18, -30, -1],
        "product.software.end_of_life_on": [0, 6, 6, 18, 3],
        "product.software.terminated_on": [0, 0, 5],
        "product.hardware.purchased_on": [-60, -60, -12],
    }[path]
    try:
        near = add_months(today, random.choice(months)) + timedelta(random.randint(-1, 1))
        if random.random() < 0.2:
            near = near.replace(day=1) - timedelta(1)
        return near.isoformat() if 1900 <= near.year <= 9899 else today.isoformat()
    except (ValueError, OverflowError):
        return today.isoformat()


def complete_case(random: Random) -> dict[str, Any]:
    """Return a case in which every fact is known, assumed, or absent in a way that is an answer."""
    facts: dict[str, Any] = {}
    reported = instant_near_an_edge(random)
    today = datetime.fromisoformat(reported).astimezone(ZONES[0]).date()
    put(facts, "request.reported_at", reported)
    put(facts, "customer.country", random.choice([*COUNTRIES, *["US", "GB", "AU", "DE", "TW"] * 10]))
    put(facts, "report.provided", random.sample(REPORT_ITEMS, random.choice([0, 4, 8, 9, 9])))
    there = {subject: random.random() < 0.7 for subject in SUBJECTS}
    for subject in SUBJECTS:
        if there[subject]:
            put(facts, subject, {})
    for path in (*CHOICES, *DATES):
        subject = next((each for each in SUBJECTS if path.startswith(f"{each}.")), None)
        if (subject and not there[subject]) or random.random() < NEED_NOT_BE_THERE.get(path, 0):
            continue
        put(facts, path, date_near_an_edge(random, path, today) if path in DATES else random.choice(CHOICES[path]))
    return facts


def choices(path: str) -> list[Any]:
    """Return each value of a fact that has few, once."""
    return list(dict.fromkeys(CHOICES[path]))


def values_for(path: str, facts: dict[str, Any], as_of: datetime | None) -> list[Any]:
    """Return values of an unknown fact, at least one for each way in which it can matter in a case."""
    if path == "customer.country":
        return ["US", "GB", "AU", "DE", "FR", "TW", "JP", "BR", "ZA", "AQ"]
    if path == "report.provided":
        return [[], list(REPORT_ITEMS), *([each for each in REPORT_ITEMS if each != out] for out in REPORT_ITEMS)]
    if path == "request.reported_at":
        return sorted(set(instants_around(facts)))
    if path in DATES:
        moments = [as_of] if as_of else [datetime.fromisoformat(each) for each in known_or_all_instants(facts)]
        days = {moment.astimezone(ZONES[0]).date() for moment in moments}
        months = {"successor_announced_on": -18, "purchased_on": -60}.get(path.rpartition(".")[2], 0)
        lines = {add_months(day, months) for day in days if day.year > 1905} | days
        near = {line + timedelta(n) for line in lines for n in (-1, 0, 1) if 1900 < line.year < 9899}
        return [each.isoformat() for each in sorted(near | {date(1900, 1, 1), date(9899, 12, 31)})]
    return choices(path)


def known_or_all_instants(facts: dict[str, Any]) -> list[str]:
    """Return the instant of a case, or all that stand for the unknown one."""
    given = facts.get("request", {}).get("reported_at")
    return [given] if given else instants_around(facts)


def instants_around(facts: dict[str, Any]) -> list[str]:
    """Return instants on either side of each line that the dates of a case draw, and some of each kind otherwise."""
    days = {date(1900, 1, 2), date(2026, 3, 6), date(2026, 3, 7), date(2026, 7, 1), date(9899, 12, 30)}
    for around, path, months in (
        ("software", "successor_announced_on", 18),
        ("software", "end_of_life_on", 0),
        ("software", "end_of_life_on", -6),
        ("software", "terminated_on", 0),
        ("hardware", "purchased_on", 60),
    ):
        given = facts.get("product", {}).get(around, {}).get(path)
        if given:
            line = add_months(date.fromisoformat(given), months)
            days |= {line + timedelta(n) for n in (-1, 0, 1) if 1900 < line.year < 9899}
    return [f"{day.isoformat()}T18:00:00+00:00" for day in sorted(days)]
