"""The shipped pack against an oracle of its policy in plain Python, with all facts and with some left out."""

import copy
import itertools
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from math import prod
from random import Random

import orjson
import pytest

from service.facts.declaration import MISSING
from tests.rules.contract_cases import (
    CHOICES,
    COUNTRIES,
    NEED_NOT_BE_THERE,
    choices,
    complete_case,
    drop,
    facts_in,
    instant_near_an_edge,
    put,
    values_for,
)
from tests.rules.contract_oracle import (
    CATEGORIES,
    DEFAULTS,
    NOT_APPLICABLE,
    REPORT_ITEMS,
    NotingOracle,
    Oracle,
    without_where_known,
)
from tests.thorough import tried

DECISIONS = [
    "scope", "eligibility", "services", "channel", "requester", "software_lifecycle", "hardware_lifecycle", "severity",
    "response", "contact", "intake", "escalation",
]  # fmt: skip
MOST_COMPLETIONS = 1500
BEFORE_THE_ZONES = 1913  # Lisbon kept local mean time, whose offset has seconds that RFC 3339 can't write


def decide(policy, facts, names=None, as_of=None):
    """Return decisions as Python values."""
    found = policy.decide(policy.pack.facts.read(facts), names, as_of)
    return {name: orjson.loads(each) for name, each in found.items()}


def written(value):
    """Return an outcome of the oracle as the service would write it."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {name: written(each) for name, each in value.items()}
    return [written(each) for each in value] if isinstance(value, list) else value


def instants_read(outcome):
    """Return a response with its instants read, so that it compares with the oracle's."""
    if outcome is None:
        return None
    read = {name: datetime.fromisoformat(outcome[name]) for name in ("starts_at", "due_at")}
    periods = [{end: datetime.fromisoformat(each) for end, each in period.items()} for period in outcome["segments"]]
    return {**outcome, **read, "segments": periods}


def same(name, outcome, expected):
    """Say whether an outcome is the expected one; an instant is its offset too."""
    if name != "response" or None in (outcome, expected):
        return outcome == written(expected)
    outcome = instants_read(outcome)
    if outcome["due_at"].year < BEFORE_THE_ZONES:
        return outcome == expected
    return written(outcome) == written(expected)


def compared(value):
    """Return an outcome as bytes that are equal for equal outcomes."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


# Complete cases


@pytest.mark.parametrize("tens", range(tried(8, 150)))
def test_complete_cases_come_out_as_promised(tens, support_policy):
    """With every fact known each decision is decided or does not apply, and needs nothing."""
    for seed in range(200 * tens, 200 * tens + 200):
        random = Random(seed)
        facts = complete_case(random)
        as_of = datetime.fromisoformat(instant_near_an_edge(random)) if random.random() < 0.3 else None
        oracle = Oracle(facts, as_of)
        for name, decision in decide(support_policy, facts, None, as_of).items():
            expected = oracle.decide(name)
            status = "not_applicable" if expected is NOT_APPLICABLE else "decided"
            assert (decision["status"], decision["needs"]) == (status, []), (seed, name)
            assert same(name, decision["outcome"], expected), (seed, name, decision["outcome"], expected)


def test_the_pack_has_the_twelve_decisions(support_policy):
    """No more, no fewer."""
    assert sorted(support_policy.pack.decisions) == sorted(DECISIONS)


@pytest.fixture
def case():
    """Return a complete case of a Gold customer in the US, on a Tuesday at noon in Chicago."""
    facts = {}
    for path, value in {
        "request.reported_at": "2026-03-10T12:00:00-05:00",
        "request.channel": "phone",
        "customer.segment": "enterprise",
        "customer.plan": "gold",
        "customer.country": "US",
        "customer.subscription.current": True,
        "customer.named_contacts": 1,
        "customer.available_24x7": True,
        "requester.registered": True,
        "requester.named_contact": True,
        "issue.category": "other",
        "issue.service_loss": "minor",
        "issue.can_continue": True,
        "issue.affected": "none",
        "report.provided": [],
        "product.addendum_followed": True,
    }.items():
        put(facts, path, value)
    return facts


def varied(facts, **changes):
    """Return a case with some facts changed; two underscores stand for the dot."""
    facts = copy.deepcopy(facts)
    for name, value in changes.items():
        put(facts, name.replace("__", "."), value)
    return facts


@pytest.mark.parametrize("plan", ["silver", "gold"])
def test_every_country_has_its_zone_and_its_numbers(plan, case, support_policy):
    """All 249 codes of ISO 3166-1, at severity 1 and below it."""
    assert len(COUNTRIES) == 249
    for country, affected in itertools.product(COUNTRIES, ["entire_deployment", "none"]):
        facts = varied(case, customer__plan=plan, customer__country=country, issue__affected=affected)
        found = decide(support_policy, facts, ["response", "contact"])
        for name, decision in found.items():
            assert same(name, decision["outcome"], Oracle(facts).decide(name)), (country, name)


def test_every_set_of_report_items_lists_what_is_missing(case, support_policy):
    """All 512, in whatever order they were given, missing ones in the order of the policy."""
    for given in itertools.product([False, True], repeat=len(REPORT_ITEMS)):
        items = [item for item, is_given in zip(REPORT_ITEMS, given, strict=True) if is_given]
        outcome = decide(support_policy, varied(case, report__provided=items[::-1]), ["intake"])["intake"]["outcome"]
        assert outcome == {"complete": all(given), "missing": [item for item in REPORT_ITEMS if item not in items]}


IMPACTS = list(
    itertools.product(
        ["complete", "severe", "minor", "little_or_none"],
        [True, False],
        ["entire_deployment", "majority", "small_portion", "none"],
    )
)


@pytest.mark.parametrize("category", [*itertools.chain(*CATEGORIES.values()), "other"])
def test_the_most_severe_match_wins_and_the_others_are_overruled(category, case, support_policy):
    """Each example category with every impact: the level, which matches won, and which were overruled."""
    for loss, can_continue, affected in IMPACTS:
        facts = varied(
            case,
            issue__category=category,
            issue__service_loss=loss,
            issue__can_continue=can_continue,
            issue__affected=affected,
        )
        decision = decide(support_policy, facts, ["severity"])["severity"]
        oracle = Oracle(facts)
        levels = sorted(oracle.matches().values())
        outranked = bool(oracle.unsupported())
        assert decision["outcome"]["level"] == oracle.level
        winners = 1 if outranked else levels.count(levels[0])
        assert len(decision["because"]) == winners, (facts["issue"], decision["because"])
        rules = {each["rule"] for each in decision["because"]}
        # The unsupported category is an example like others too, but it is the same rule that outranks them.
        assert len(decision["overruled"]) == (len(levels) - 1 if outranked else len(levels) - winners)
        assert {each["by"] for each in decision["overruled"]} <= rules
        assert ("unsupported-outranks-impact" in decision["interpretations"]) == outranked
        if len(set(levels)) > 1 and not outranked:
            assert "most-severe-match-wins" in decision["interpretations"]


# Cases with unknown facts


def unknown_among(facts):
    """Return the facts of a case that would be unknown when left out."""
    return [path for path in facts_in(facts) if path not in NEED_NOT_BE_THERE and path != "product.software.version"]


def case_with_unknown_facts(seed):
    """Return a case, when dates are judged, its unknown facts and their values; None for too many to try."""
    random = Random(seed)
    facts = complete_case(random)
    as_of = datetime.fromisoformat(instant_near_an_edge(random)) if random.random() < 0.3 else None
    unknown = random.sample(unknown_among(facts), random.choice([1, 2, 2, 3, 3, 4]))
    for path in unknown:
        drop(facts, path)
    values = [values_for(path, facts, as_of) for path in unknown]
    return (facts, as_of, unknown, values) if prod(map(len, values)) <= MOST_COMPLETIONS else None


def completions(facts, unknown, values):
    """Yield which value of each unknown fact was taken, and the case that it makes."""
    text = orjson.dumps(facts)
    for point in itertools.product(*(range(len(each)) for each in values)):
        full = orjson.loads(text)
        for path, i, each in zip(unknown, point, values, strict=True):
            put(full, path, each[i])
        yield point, full


def rests_on_any(unknown, name, oracle):
    """Say whether a decision looks at an unknown fact: else it comes out in all completions as in this one."""
    noting = NotingOracle(oracle.facts, oracle.as_of)
    noting.decide(name)
    return not noting.looked_at.isdisjoint(unknown)


def those_that_matter(unknown, results: Mapping[tuple[int, ...], bytes]):
    """Return the facts that change a result while all others stay."""
    found = set()
    for i, path in enumerate(unknown):
        lines: dict[tuple[int, ...], bytes] = {}
        if any(lines.setdefault(at[:i] + at[i + 1 :], result) != result for at, result in results.items()):
            found.add(path)
    return found


@pytest.mark.parametrize("tens", range(tried(6, 120)))
def test_statuses_and_needs_are_those_of_all_completions(tens, support_policy):
    """The oracle, not the engine, completes the cases: one outcome is decided, several are open."""
    for seed in range(50 * tens, 50 * tens + 50):
        found = case_with_unknown_facts(seed)
        if found is None:
            continue
        facts, as_of, unknown, values = found
        decisions = decide(support_policy, facts, None, as_of)
        full = [(point, Oracle(case, as_of)) for point, case in completions(facts, unknown, values)]
        for name, decision in decisions.items():
            tried = full if rests_on_any(unknown, name, full[0][1]) else full[:1]
            results = {point: compared(without_where_known(name, oracle.decide(name))) for point, oracle in tried}
            check_status(decision, set(results.values()), name, seed)
            assert set(decision["needs"]) == those_that_matter(unknown, results), (seed, name)
            assert len(decision["needs"]) == len(set(decision["needs"]))


def check_status(decision, outcomes, name, seed):
    """Check a decision's status and outcome against the outcomes of its completions."""
    status, outcome = decision["status"], without_where_known(name, decision["outcome"])
    if name == "response" and outcome is not None:
        outcome = instants_read(outcome)
    if len(outcomes) == 1:
        assert status == ("not_applicable" if outcomes == {b"null"} else "decided"), (seed, name)
        assert {compared(outcome)} == outcomes, (seed, name)
    else:
        assert status in {"provisional", "undecided"}, (seed, name)
        assert status == "undecided" or compared(outcome) in outcomes - {b"null"}, (seed, name)
    assert (outcome is None) == (status in {"undecided", "not_applicable"})


def standing(oracles: Iterable[Oracle]):
    """Return the level that stands on what holds in every completion; None for none."""
    oracles = list(oracles)
    if set.intersection(*(oracle.unsupported() for oracle in oracles)):
        return 4
    every = set.intersection(*(set(oracle.matches().items()) for oracle in oracles))
    return min((level for _, level in every), default=None)


@pytest.mark.parametrize("tens", range(tried(3, 60)))
def test_an_open_severity_is_provisional_exactly_when_a_standing_level_comes_about(tens, support_policy):
    """What certainly holds gives a level, an unknown scope is ours, and some completion ends on that level."""
    for seed in range(10_000 + 100 * tens, 10_000 + 100 * tens + 100):
        random = Random(seed)
        facts = complete_case(random)
        put(facts, "request.service", "issue")
        touching = [
            path for path in unknown_among(facts) if path.startswith(("issue.", "product.software.", "customer.seg"))
        ]
        unknown = random.sample(touching, random.choice([1, 2, 3]))
        for path in unknown:
            drop(facts, path)
        decision = decide(support_policy, facts, ["severity"])["severity"]
        if decision["status"] in {"decided", "not_applicable"}:
            continue
        values = [["enterprise"] if path == "customer.segment" else values_for(path, facts, None) for path in unknown]
        oracles = [Oracle(full) for _, full in completions(facts, unknown, values)]
        level = standing(oracles)
        stands = level is not None and level in {oracle.level for oracle in oracles}
        assert decision["status"] == ("provisional" if stands else "undecided"), seed
        assert decision["outcome"] is None or decision["outcome"]["level"] == level, seed


@pytest.mark.parametrize("name", ["eligibility", "severity", "requester", "intake", "services"])
def test_an_unknown_scope_counts_as_ours(name, case, support_policy):
    """All but the scope known, an outcome stands, and the segment alone is needed."""
    drop(case, "customer.segment")
    decision = decide(support_policy, case, [name])[name]
    assert (decision["status"], decision["needs"]) == ("provisional", ["customer.segment"])
    assert decision["outcome"] == Oracle(varied(case, customer__segment="enterprise")).decide(name)


def test_complete_loss_without_knowing_whether_work_goes_on_is_undecided(case, support_policy):
    """Severity ends as 1 or 2, never as the 3 that holds for certain."""
    facts = varied(case, issue__service_loss="complete", issue__affected="small_portion")
    drop(facts, "issue.can_continue")
    decision = decide(support_policy, facts, ["severity"])["severity"]
    assert (decision["status"], decision["outcome"], decision["needs"]) == ("undecided", None, ["issue.can_continue"])


def test_an_open_severity_leaves_contact_decided_where_the_numbers_are_the_same(case, support_policy):
    """Silver has no numbers, and at home in the US and the UK the number is one and the same."""
    drop(case, "issue.affected")
    for plan, country, status in [
        ("silver", "DE", "decided"),
        ("gold", "US", "decided"),
        ("gold", "GB", "decided"),
        ("gold", "DE", "undecided"),
        ("gold", "FR", "undecided"),
    ]:
        facts = varied(case, customer__plan=plan, customer__country=country)
        assert decide(support_policy, facts, ["contact"])["contact"]["status"] == status, (plan, country)


def test_known_dates_are_told_and_unknown_ones_open_nothing(case, support_policy):
    """`full_until`, `ends_on` and `covered_until` are left out where they are not known."""
    for software, expected in [
        ({"generally_available": True}, {"status": "full"}),
        (
            {"generally_available": True, "end_of_life_on": "2027-08-31"},
            {"status": "full", "full_until": "2027-02-28", "ends_on": "2027-08-31"},
        ),
        (
            {"generally_available": False, "successor_announced_on": "2025-08-31"},
            {"status": "full", "full_until": "2027-02-28"},
        ),
        (
            {"end_of_life_on": "2027-01-01", "terminated_on": "2026-03-10"},
            {"status": "terminated", "ends_on": "2026-03-10"},
        ),
    ]:
        facts = varied(case, product__software=software)
        decision = decide(support_policy, facts, ["software_lifecycle"])["software_lifecycle"]
        assert (decision["status"], decision["outcome"]) == ("decided", expected)
    hardware = {"generally_available": False}
    decision = decide(support_policy, varied(case, product__hardware=hardware), ["hardware_lifecycle"])
    assert decision["hardware_lifecycle"]["outcome"] == {
        "status": "not_covered",
        "services": [],
        "required_updates": [],
    }


def test_a_subject_that_is_there_but_empty_is_unknown(case, support_policy):
    """`product.software` left out says that there is none; `{}` says that nothing is known of it yet."""
    decision = decide(support_policy, varied(case, product__hardware={}), ["hardware_lifecycle"])["hardware_lifecycle"]
    assert (decision["status"], set(decision["needs"])) == (
        "undecided",
        {
            *(f"product.hardware.{each}" for each in ("generally_available", "annual_support", "purchased_on")),
            *(f"product.hardware.{each}_current" for each in ("software", "firmware", "content")),
        },
    )
    assert decide(support_policy, case, ["hardware_lifecycle"])["hardware_lifecycle"]["status"] == "not_applicable"
    # No end of life and no termination are answers, so an empty version has full support whatever else it is.
    decision = decide(support_policy, varied(case, product__software={}), ["software_lifecycle"])["software_lifecycle"]
    assert (decision["status"], decision["outcome"]) == ("decided", {"status": "full"})


# The clock, at its edges


EDGES = """
    2026-03-09T10:00:00-05:00 US silver none      2026-03-09T10:00:00-05:00 2026-03-10T10:00:00-05:00 an ordinary day
    2026-03-07T10:00:00-06:00 US silver none      2026-03-09T08:00:00-05:00 2026-03-09T17:00:00-05:00 Saturday
    2026-03-06T16:59:59-06:00 US silver none      2026-03-06T16:59:59-06:00 2026-03-09T16:59:59-05:00 before closing
    2026-03-06T17:00:00-06:00 US silver none      2026-03-09T08:00:00-05:00 2026-03-09T17:00:00-05:00 at closing
    2026-03-06T07:59:59-06:00 US silver none      2026-03-06T08:00:00-06:00 2026-03-06T17:00:00-06:00 before opening
    2026-03-09T13:45:00+05:45 NP silver none      2026-03-09T08:00:00+00:00 2026-03-09T17:00:00+00:00 opening in Lisbon
    2026-03-27T15:00:00+00:00 DE gold   majority  2026-03-27T15:00:00+00:00 2026-03-30T10:00:00+01:00 clocks go forward
    2026-11-10T16:30:00+00:00 PT gold   majority  2026-11-10T16:30:00+00:00 2026-11-12T11:30:00+00:00 Veterans Day
    2026-07-03T08:00:00-05:00 CA silver none      2026-07-03T08:00:00-05:00 2026-07-03T17:00:00-05:00 Saturday holiday
    2026-03-08T01:30:00-06:00 US gold   entire_deployment 2026-03-08T01:30:00-06:00 2026-03-08T03:30:00-05:00 no gap
"""


@pytest.mark.parametrize("edge", EDGES.strip().splitlines())
def test_the_clock_at_its_edges(edge, case, support_policy):
    """Opening and closing, weekends, holidays and clock changes, worked out by hand: reported, begun, due."""
    reported, country, plan, affected, starts, due, *_ = edge.split()
    facts = varied(
        case,
        request__reported_at=reported,
        customer__country=country,
        customer__plan=plan,
        issue__affected=affected,
    )
    outcome = decide(support_policy, facts, ["response"])["response"]["outcome"]
    assert (outcome["starts_at"], outcome["due_at"]) == (starts, due)
    assert outcome["segments"][0]["from"] == starts
    assert outcome["segments"][-1]["to"] == due


def test_segments_add_up_to_the_target(support_policy):
    """They are in order, apart, and as long as the time that was promised."""
    length = {"hour": timedelta(hours=1), "business_day": timedelta(hours=9)}
    for seed in range(300):
        facts = complete_case(Random(f"segments {seed}"))
        outcome = decide(support_policy, facts, ["response"])["response"]["outcome"]
        if outcome is None:
            continue
        periods = [(at["from"].astimezone(UTC), at["to"].astimezone(UTC)) for at in instants_read(outcome)["segments"]]
        promised = outcome["target"]["amount"] * length[outcome["target"]["unit"]]
        assert sum((b - a for a, b in periods), timedelta()) == promised
        assert all(a < b for a, b in periods)
        assert all(one[1] < other[0] for one, other in itertools.pairwise(periods))


# What is said, cited and assumed


def notes_of(policy, facts, name):
    """Return what the notes of a decision say, in one text."""
    return " ".join(note["says"] for note in decide(policy, facts, [name])[name]["notes"])


def test_severity_1_says_that_the_customer_is_expected_to_be_available(case, support_policy):
    """At severity 1 and at no other."""
    assert "24" in notes_of(support_policy, varied(case, issue__affected="entire_deployment"), "severity")
    assert notes_of(support_policy, case, "severity") == ""


def test_old_versions_carry_the_four_risks(case, support_policy):
    """Performance, vulnerabilities, the cloud and data; and more for a version that is a danger itself."""
    old = {"generally_available": False, "successor_announced_on": "2026-01-01"}
    said = notes_of(support_policy, varied(case, product__software=old), "software_lifecycle")
    assert all(word in said for word in ("performance", "vulnerabilities", "cloud", "data"))
    assert "deny" not in said
    current = {"generally_available": True}
    assert notes_of(support_policy, varied(case, product__software=current), "software_lifecycle") == ""
    vulnerable = notes_of(
        support_policy, varied(case, product__software={**old, "vulnerable": True}), "software_lifecycle"
    )
    assert "push" in vulnerable
    assert "deny" in vulnerable


@pytest.mark.parametrize("channel", ["web", "chat"])
def test_the_unregistered_are_told_to_register(channel, case, support_policy):
    """On the web and in chat, and not on the phone."""
    facts = varied(case, request__channel=channel, requester__registered=False)
    decision = decide(support_policy, facts, ["channel"])["channel"]
    assert decision["outcome"]["allowed"] is False
    assert "Register" in notes_of(support_policy, facts, "channel")
    assert "Register" not in notes_of(support_policy, varied(facts, request__channel="phone"), "channel")


@pytest.mark.parametrize("organization", ["university", "partner"])
def test_universities_and_partners_are_told_to_chat_or_to_use_the_web(organization, case, support_policy):
    """The note says it; the options stay those of the plan."""
    facts = varied(case, request__channel="email", customer__organization=organization, customer__plan="silver")
    assert "chat" in notes_of(support_policy, facts, "channel")
    assert decide(support_policy, facts, ["channel"])["channel"]["outcome"]["options"] == ["web"]
    assert "chat" not in notes_of(support_policy, varied(facts, customer__organization="commercial"), "channel")


def test_callers_are_told_to_have_key_and_address_at_hand(case, support_policy):
    """On the phone, and on no other channel."""
    assert "registration key and email address" in notes_of(support_policy, case, "intake")
    assert "registration key" not in notes_of(support_policy, varied(case, request__channel="web"), "intake")


@pytest.mark.parametrize("action", ["transfer", "keep", "conversation", None])
def test_an_escalation_says_who_usually_gets_the_issue(action, case, support_policy):
    """Usually, not always, somebody with more experience: whatever the manager determined."""
    facts = varied(case, request__service="escalation")
    if action:
        put(facts, "escalation.manager_action", action)
    said = notes_of(support_policy, facts, "escalation")
    assert "usually" in said
    assert "not always" in said
    assert "more experience" in said


def test_each_caveat_is_said_and_cited(case, support_policy):
    """The array holds codes; a note with a clause says each in words."""
    facts = varied(
        case,
        customer__responsive=False,
        product__managed_appliance=True,
        product__addendum_followed=False,
        issue__affected="entire_deployment",
        customer__available_24x7=False,
    )
    decision = decide(support_policy, facts, ["response"])["response"]
    assert decision["outcome"]["caveats"] == [
        "customer_not_responsive",
        "addendum_not_followed",
        "customer_not_available",
    ]
    said = " ".join(note["says"] for note in decision["notes"])
    assert all(words in said for words in ("reasonable requests", "addendum isn't followed", "readily available"))
    assert all(note["cites"] for note in decision["notes"])
    clauses = {cited["clause"] for note in decision["notes"] for cited in note["cites"]}
    assert {"help-refused", "addendum-ignored", "severity-1-availability"} <= clauses


BEARING = [
    ("severity", {"issue__affected": "majority"}, "most-severe-match-wins"),
    ("severity", {"product__software": {"supported_configuration": False}}, "unsupported-outranks-impact"),
    (
        "software_lifecycle",
        {
            "product__software": {
                "generally_available": False,
                "successor_announced_on": "2025-01-01",
                "end_of_life_on": "2026-06-01",
            }
        },
        "eighteen-months-is-a-minimum",
    ),
    (
        "software_lifecycle",
        {"product__software": {"generally_available": False, "successor_announced_on": "2020-01-01"}},
        "unannounced-end-of-life-is-full-support",
    ),
    ("response", {}, "business-day-is-a-contact-day"),
    ("response", {"customer__country": "JP"}, "western-european-time"),
    ("response", {}, "holiday-is-the-whole-day"),
    (
        "hardware_lifecycle",
        {
            "product__hardware": {
                "generally_available": True,
                "annual_support": True,
                "purchased_on": "2026-01-01",
                "software_current": True,
                "firmware_current": True,
                "content_current": True,
            }
        },
        "paths-means-patches",
    ),
]


@pytest.mark.parametrize(("name", "changes", "interpretation"), BEARING)
def test_a_decision_cites_the_interpretation_that_it_rests_on(name, changes, interpretation, case, support_policy):
    """Under ids that stay, each registered with a question and readings."""
    assert interpretation in support_policy.pack.interpretations
    assert interpretation in decide(support_policy, varied(case, **changes), [name])[name]["interpretations"]


def test_every_rule_and_note_cites_clauses_of_the_pack(support_policy):
    """A reason without a clause is an opinion."""
    for seed in range(100):
        for name, decision in decide(support_policy, complete_case(Random(f"cites {seed}"))).items():
            for said in [*decision["because"], *decision["overruled"], *decision["notes"]]:
                assert said["cites"], (name, said)
                assert all(support_policy.pack.clauses[each["clause"]].text == each["text"] for each in said["cites"])
            assert decision["because"] or decision["status"] == "not_applicable", (seed, name)


def test_the_facts_are_those_that_were_promised(support_policy):
    """Names, values and defaults; a list's items stand in the policy's order."""
    specs = support_policy.pack.facts.facts
    free = {"request.reported_at", "customer.country", "report.provided"}
    dates = {spec.path for spec in specs.values() if spec.type == "date"}
    assert set(specs) == set(CHOICES) | free | dates
    assert {path: spec.default for path, spec in specs.items() if spec.default is not MISSING} == DEFAULTS
    assert specs["report.provided"].choices == REPORT_ITEMS
    assert set(specs["customer.country"].choices) == set(COUNTRIES)
    for path, spec in specs.items():
        if spec.choices and path not in free and spec.type == "string":
            assert set(spec.choices) == set(choices(path)), path
