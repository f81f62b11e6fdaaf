"""The support policy once more, in plain Python: what each decision is promised to come out as.

Written without a look at the rules, with a clock and country lists of its own, so that it shares no mistake
with the pack or the service. It reads complete cases; a fact that it needs and does not find is a KeyError, no guess.
"""

from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache, cached_property
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

__all__ = [
    "AFRICA",
    "AMERICAS",
    "ASIA",
    "CATEGORIES",
    "DEFAULTS",
    "EUROPE",
    "NOT_APPLICABLE",
    "NOWHERE",
    "OCEANIA",
    "REPORT_ITEMS",
    "Oracle",
    "add_months",
    "holidays_of",
    "without_where_known",
]


def codes(*lines: str) -> frozenset[str]:
    """Return the country codes in some lines."""
    return frozenset(code for line in lines for code in line.split())


# ISO 3166-1 by the regions of UN M49. Taiwan, which M49 does not list, is in Asia; Antarctica is in no region.
EUROPE = codes(
    "BY BG CZ HU PL MD RO RU SK UA",  # Eastern
    "AX GG JE DK EE FO FI IS IE IM LV LT NO SJ SE GB",  # Northern
    "AL AD BA HR GI GR VA IT MT ME MK PT SM RS SI ES",  # Southern
    "AT BE FR DE LI LU MC NL CH",  # Western
)
ASIA = codes(
    "KZ KG TJ TM UZ",  # Central
    "CN HK MO KP JP MN KR TW",  # Eastern
    "BN KH ID LA MY MM PH SG TH TL VN",  # South-eastern
    "AF BD BT IN IR MV NP PK LK",  # Southern
    "AM AZ BH CY GE IQ IL JO KW LB OM QA SA PS SY TR AE YE",  # Western
)
AFRICA = codes(
    "DZ EG LY MA SD TN EH",
    "IO BI KM DJ ER ET TF KE MG MW MU YT MZ RE RW SC SO SS UG TZ ZM ZW",
    "AO CM CF TD CG CD GQ GA ST BW SZ LS NA ZA",
    "BJ BF CV CI GM GH GN GW LR ML MR NE NG SH SN SL TG",
)
AMERICAS = codes(
    "AI AG AW BS BB BQ VG KY CU CW DM DO GD GP HT JM MQ MS PR BL KN LC MF VC SX TT TC VI",
    "BZ CR SV GT HN MX NI PA",
    "AR BO BV BR CL CO EC FK GF GY PY PE GS SR UY VE",
    "BM CA GL PM US",
)
OCEANIA = codes(
    "AU CX CC HM NZ NF FJ NC PG SB VU GU KI MH FM NR MP PW UM AS CK PF NU PN WS TK TO TV WF",
)
NOWHERE = frozenset({"AQ"})

CATEGORIES = {
    1: (
        "security_alerting_down", "restore_impossible_across_deployment", "licensing_blocks_backup_or_restore",
        "upgrade_outage",
    ),
    2: (
        "security_alerting_inconsistent", "restore_impossible_many_devices", "installation",
        "severe_performance_degradation", "cannot_renew_account", "major_outage",
    ),
    3: ("single_user", "backup_reports", "file_exclusions", "cosmetic"),
    4: ("information_request", "documentation_error", "feature_request", "unsupported_version_or_configuration"),
}  # fmt: skip
REPORT_ITEMS = (
    "product_name", "operating_system", "app_version", "computer_guid", "logs", "affected_accounts", "description",
    "screenshots", "cloud_services",
)  # fmt: skip
DEFAULTS = {
    "request.service": "issue",
    "customer.organization": "commercial",
    "customer.subscription.seller": "vendor",
    "customer.responsive": True,
    "issue.interferes_with_restore": False,
    "issue.prevents_device_adoption": False,
    "issue.critical_for_many_users": False,
    "product.software.vulnerable": False,
    "product.software.supported_configuration": True,
    "product.managed_appliance": False,
    "product.monitored_private_authority": False,
    "escalation.communicated": False,
}
WHERE_KNOWN = {"software_lifecycle": {"full_until", "ends_on"}, "hardware_lifecycle": {"covered_until"}}
CHICAGO, LISBON = ZoneInfo("America/Chicago"), ZoneInfo("Europe/Lisbon")
UTC = ZoneInfo("UTC")
NOT_APPLICABLE = None
NAMES = {1: "critical", 2: "high", 3: "medium", 4: "low"}
DAY = timedelta(days=1)

Outcome = dict[str, Any] | None


def add_months(day: date, months: int) -> date:
    """Return the day some months on, clipped to the last of its month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def nth(year: int, month: int, weekday: int, n: int) -> date:
    """Return the nth weekday of a month; n -1 is the last."""
    days = [date(year, month, d) for d in range(1, monthrange(year, month)[1] + 1)]
    days = [d for d in days if d.weekday() == weekday]
    return days[n - 1 if n > 0 else n]


@cache
def holidays_of(year: int) -> frozenset[date]:
    """Return the ten holidays on their literal dates."""
    thanksgiving = nth(year, 11, 3, 4)
    return frozenset(
        {
            date(year, 1, 1),
            nth(year, 2, 0, 3),
            nth(year, 5, 0, -1),
            date(year, 7, 4),
            nth(year, 9, 0, 1),
            date(year, 11, 11),
            thanksgiving,
            thanksgiving + DAY,
            date(year, 12, 24),
            date(year, 12, 25),
        }
    )


Span = tuple[datetime, datetime]


def spans_of(day: date, zone: ZoneInfo) -> list[Span]:
    """Return what is open on a local day, in UTC: Monday to Friday from eight to five, less the US holidays."""
    if day.weekday() > 4:
        return []
    at = [datetime.combine(day, time(hour), zone).astimezone(UTC) for hour in (8, 17)]
    open_ = [(at[0], at[1])]
    for near in (day - DAY, day, day + DAY):
        if near in holidays_of(near.year):
            begins, ends = (datetime.combine(d, time(0), CHICAGO).astimezone(UTC) for d in (near, near + DAY))
            open_ = [
                piece for a, b in open_ for piece in ((a, min(b, begins)), (max(a, ends), b)) if piece[0] < piece[1]
            ]
    return open_


def spans_from(moment: datetime, zone: ZoneInfo) -> Iterator[Span]:
    """Yield what is open from a moment on."""
    first = moment.astimezone(zone).date() - DAY
    for offset in count():
        for a, b in spans_of(first + offset * DAY, zone):
            if b > moment:
                yield max(a, moment), b


def count_open(moment: datetime, length: timedelta, zone: ZoneInfo) -> list[Span]:
    """Return the open spans that make up a length of time, from a moment on."""
    counted = []
    for a, b in spans_from(moment.astimezone(UTC), zone):
        end = min(b, a + length)
        counted.append((a, end))
        length -= end - a
        if not length:
            return counted
    raise AssertionError


def without_where_known(name: str, outcome: Outcome) -> Outcome:
    """Return an outcome less what is told only where it is known."""
    if outcome is None:
        return None
    return {member: value for member, value in outcome.items() if member not in WHERE_KNOWN.get(name, ())}


@cache
def steps(path: str) -> list[str]:
    """Return the names along a dotted path."""
    return path.split(".")


@dataclass(frozen=True)
class Oracle:
    """A case, each decision a property: its outcome, or NOT_APPLICABLE. Instants are aware datetimes in the right zone.

    as_of  when dates are judged; None stands for `request.reported_at`
    """

    facts: Mapping[str, Any]
    as_of: datetime | None = None

    def has(self, path: str) -> bool:
        """Say whether a fact, or a subject, stands in the case."""
        found: Any = self.facts
        for step in steps(path):
            if not isinstance(found, dict) or step not in found:
                return False
            found = found[step]
        return True

    def get(self, path: str) -> Any:
        """Return a fact, or its default."""
        found: Any = self.facts
        for step in steps(path):
            if step not in found:
                if path in DEFAULTS:
                    return DEFAULTS[path]
                raise KeyError(path)
            found = found[step]
        return found

    def none_or(self, path: str) -> Any:
        """Return a fact whose absence is an answer."""
        return self.get(path) if self.has(path) else None

    def day(self, path: str) -> date | None:
        """Return a date whose absence stands for none, or for not known where only that is asked."""
        return date.fromisoformat(self.get(path)) if self.has(path) else None

    @cached_property
    def today(self) -> date:
        """The date of `as_of` in US Central."""
        moment = self.as_of or datetime.fromisoformat(self.get("request.reported_at"))
        return moment.astimezone(CHICAGO).date()

    @property
    def applies(self) -> bool:
        """Whether the policy is for this customer."""
        return self.get("customer.segment") == "enterprise"

    @property
    def gold(self) -> bool:
        """Whether the plan is Gold."""
        return self.get("customer.plan") == "gold"

    @property
    def channels(self) -> list[str]:
        """The plan's channels, in order."""
        return ["web", "chat", "phone"] if self.gold else ["web"]

    @property
    def is_issue(self) -> bool:
        """Whether the service asked for has a severity."""
        return self.get("request.service") in {"issue", "escalation"}

    @property
    def scope(self) -> Outcome:
        """Enterprise customers only."""
        if self.applies:
            return {"applies": True}
        return {"applies": False, "refer_to": "CrashPlan for Small Business support policy"}

    @cached_property
    def eligibility(self) -> Outcome:
        """A current agreement with the vendor or an authorized reseller."""
        if not self.applies:
            return NOT_APPLICABLE
        reasons = []
        if not self.get("customer.subscription.current"):
            reasons.append("subscription_not_current")
        if self.get("customer.subscription.seller") == "other":
            reasons.append("seller_not_authorized")
        return {"eligible": not reasons, "reasons": reasons}

    @property
    def services(self) -> Outcome:
        """The table of support services."""
        if not self.applies:
            return NOT_APPLICABLE
        included = self.get("request.service") != "planning_consultation" or self.gold
        return {
            "included": included,
            "plan_includes": {
                "documentation": True,
                "forums": True,
                "planning_consultation": self.gold,
                "channels": self.channels,
                "administrators": 4 if self.gold else 1,
            },
        }

    @property
    def channel(self) -> Outcome:
        """The channel asked for, and the one recommended."""
        if not self.applies or not self.is_issue:
            return NOT_APPLICABLE
        asked = self.get("request.channel")
        allowed = asked in self.channels and (asked == "phone" or self.get("requester.registered"))
        return {"allowed": allowed, "options": self.channels, "recommended": "phone" if self.urgent else "web"}

    @property
    def urgent(self) -> bool:
        """Whether the phone is recommended."""
        facts = ("interferes_with_restore", "prevents_device_adoption", "critical_for_many_users")
        return self.gold and (any(self.get(f"issue.{fact}") for fact in facts) or self.level == 1)

    @property
    def requester(self) -> Outcome:
        """Who may get in touch."""
        if not self.applies:
            return NOT_APPLICABLE
        limit = 4 if self.gold else 1
        named = self.get("customer.named_contacts")
        if self.get("requester.named_contact"):
            reason = "named" if named <= limit else "over_limit"
        else:
            reason = "can_be_named" if named < limit else "limit_reached"
        return {"allowed": reason == "named", "limit": limit, "reason": reason}

    @cached_property
    def software_status(self) -> str:
        """The first of the cases in the order in which they are asked."""
        ended = self.day("product.software.end_of_life_on")
        terminated = self.day("product.software.terminated_on")
        if terminated and terminated <= self.today:
            return "terminated"
        if ended is None or self.get("product.software.generally_available"):
            return "full"
        if ended <= self.today:
            return "ended"
        if self.today < add_months(date.fromisoformat(self.get("product.software.successor_announced_on")), 18):
            return "full"
        if add_months(ended, -6) <= self.today:
            return "security_fixes_only"
        return "full"

    @property
    def software_lifecycle(self) -> Outcome:
        """The version's status and dates."""
        if not self.applies or not self.has("product.software"):
            return NOT_APPLICABLE
        status = self.software_status
        ended = self.day("product.software.end_of_life_on")
        successor = self.day("product.software.successor_announced_on")
        ends_on = self.day("product.software.terminated_on") if status == "terminated" else ended
        ends = [add_months(successor, 18)] if successor else []
        ends += [add_months(ended, -6)] if ended else []
        outcome = {"status": status}
        if ends and status != "terminated":
            outcome["full_until"] = str(min(max(ends), ended or date.max))
        if ends_on:
            outcome["ends_on"] = str(ends_on)
        return outcome

    @property
    def hardware_lifecycle(self) -> Outcome:
        """The hardware's cover, services and updates."""
        if not self.applies or not self.has("product.hardware"):
            return NOT_APPLICABLE
        until = add_months(date.fromisoformat(self.get("product.hardware.purchased_on")), 60)
        known = {"covered_until": str(until)}
        supported = self.get("product.hardware.generally_available") and self.get("product.hardware.annual_support")
        if not supported or until <= self.today:
            return {"status": "not_covered", "services": [], "required_updates": [], **known}
        updates = [u for u in ("software", "firmware", "content") if not self.get(f"product.hardware.{u}_current")]
        services = [
            "warranty", "escalations", "patches", "maintenance_releases", "product_updates", "content_updates",
            "technical_support",
        ]  # fmt: skip
        return {
            "status": "at_risk" if updates else "covered",
            "services": services,
            "required_updates": updates,
            **known,
        }

    def matches(self) -> dict[str, int]:
        """Return the level of each criterion and example that holds, whether or not the version is supported."""
        loss, affected, category = (self.get(f"issue.{each}") for each in ("service_loss", "affected", "category"))
        if loss == "complete":
            found = {"complete, goes on": 2} if self.get("issue.can_continue") else {"complete, can't go on": 1}
        else:
            found = {f"loss {loss}": {"severe": 2, "minor": 3, "little_or_none": 4}[loss]}
        found[f"affected {affected}"] = {"entire_deployment": 1, "majority": 2, "small_portion": 3, "none": 4}[affected]
        return found | {f"example {category}": level for level, examples in CATEGORIES.items() if category in examples}

    def unsupported(self) -> set[str]:
        """Return what takes the issue to level 4: its category, the version, the configuration."""
        found = {"category"} if self.get("issue.category") == "unsupported_version_or_configuration" else set()
        if self.has("product.software"):
            if not self.get("product.software.supported_configuration"):
                found.add("configuration")
            if self.software_status in {"ended", "terminated"}:
                found.add("version")
        return found

    @cached_property
    def level(self) -> int | None:
        """The severity level, where there is one."""
        if not self.applies or not self.is_issue:
            return None
        return 4 if self.unsupported() else min(self.matches().values())

    @property
    def severity(self) -> Outcome:
        """The level and its name."""
        level = self.level
        return NOT_APPLICABLE if level is None else {"level": level, "name": NAMES[level]}

    @property
    def zone(self) -> ZoneInfo:
        """The zone of the contact hours."""
        return LISBON if self.get("customer.country") in EUROPE | ASIA else CHICAGO

    @property
    def is_eligible(self) -> bool:
        """Whether Support Services are for this customer."""
        return self.eligibility is not None and self.eligibility["eligible"]

    @property
    def caveats(self) -> list[str]:
        """Codes of what keeps the target from being assured."""
        found = []
        if not self.get("customer.responsive"):
            found.append("customer_not_responsive")
        product = ("product.managed_appliance", "product.monitored_private_authority")
        if any(self.get(fact) for fact in product) and not self.get("product.addendum_followed"):
            found.append("addendum_not_followed")
        if self.level == 1 and not self.get("customer.available_24x7"):
            found.append("customer_not_available")
        return found

    @property
    def response(self) -> Outcome:
        """Target, hours and what the clock counts."""
        if not self.applies or not self.is_issue or not self.is_eligible:
            return NOT_APPLICABLE
        level, zone = self.level, self.zone
        units = {"hour": timedelta(hours=1), "business_day": timedelta(hours=9)}
        targets = {1: (1, "hour"), 2: (4, "hour"), 3: (1, "business_day"), 4: (3, "business_day")}
        amount, unit = targets[level] if self.gold else (3 if level == 4 else 1, "business_day")
        reported = datetime.fromisoformat(self.get("request.reported_at"))
        always = self.gold and level == 1
        if always:
            segments = [(reported.astimezone(UTC), reported.astimezone(UTC) + amount * units[unit])]
        else:
            segments = count_open(reported, amount * units[unit], zone)
        local = [(a.astimezone(zone), b.astimezone(zone)) for a, b in segments]
        return {
            "target": {"amount": amount, "unit": unit},
            "hours": "around_the_clock" if always else "business",
            "zone": zone.key,
            "starts_at": local[0][0],
            "due_at": local[-1][1],
            "segments": [{"from": a, "to": b} for a, b in local],
            "assured": not self.caveats,
            "caveats": self.caveats,
        }

    @property
    def numbers(self) -> list[dict[str, str]]:
        """Whom to call."""
        us, gb = "United States", "United Kingdom"
        country = self.get("customer.country")
        domestic = {"US": ("1-877-680-7526", us), "GB": ("0808 178 3042", gb)}
        urgent = domestic | {"AU": ("1800 042 042", us), "DE": ("+49 89 210-93940", gb)}
        one = domestic.get(country) or (self.level == 1 and urgent.get(country))
        if one:
            return [{"number": one[0], "office": one[1]}]
        kingdom = {"number": "+44 (0) 20 3868 4242", "office": gb}
        if self.level == 1:
            return [
                {"number": "+1 612 333 4242", "office": us, "via": "Minneapolis, Minnesota"},
                {"number": "+64 9 887 3042", "office": us, "via": "New Zealand"},
                kingdom,
            ]
        return [{"number": "+1 612-333-4242", "office": us}, kingdom]

    @property
    def contact(self) -> Outcome:
        """The plan's channels, the phone with its numbers."""
        if not self.applies or not self.is_eligible:
            return NOT_APPLICABLE
        methods: list[dict[str, Any]] = [{"method": method} for method in self.channels]
        if self.gold:
            methods[2]["numbers"] = self.numbers
        return {"methods": methods}

    @property
    def intake(self) -> Outcome:
        """What is still to be told."""
        if not self.applies:
            return NOT_APPLICABLE
        missing = [item for item in REPORT_ITEMS if item not in self.get("report.provided")]
        return {"complete": not missing, "missing": missing}

    @property
    def escalation(self) -> Outcome:
        """Where the request stands."""
        if not self.applies or self.get("request.service") != "escalation":
            return NOT_APPLICABLE
        missing = [i for i in ("ticket_number", "reason", "expected_severity") if not self.has(f"escalation.{i}")]
        action = self.none_or("escalation.manager_action")
        if missing:
            status, step = "incomplete", "complete_request"
        elif action is None:
            status, step = "with_manager", "evaluate"
        elif action == "conversation":
            status, step = "conversation", "converse"
        else:
            told = self.has("escalation.communicated") and self.get("escalation.communicated")
            status = {"transfer": "transferred", "keep": "kept"}[action]
            step = "done" if told else "communicate"
        return {"status": status, "missing": missing, "handler": "customer_champion_manager", "next_step": step}

    def decide(self, name: str) -> Outcome:
        """Return one decision's outcome."""
        return getattr(self, name)
