"""What the service counts and times, for Prometheus. The log's own numbers are in `log_metrics.py`.

All labels are bounded: by the packs that are loaded, by what they declare of outcomes, and by the codes of problems.
No fact of a case is in any.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import jiter
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.registry import Collector

from service.decision.desk import Decided, Desk
from service.decision.policy import Policy
from service.model.pack import Decision, Member
from service.remembering import Weighed
from service.web.gathered import Gathered
from service.web.metric_files import OfAllWorkers, are_shared

__all__ = ["Metrics"]

_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
_SIZES = (1, 2, 4, 8, 16, 32, 64)
_MOST_VALUES = 16
_MOST_REMEMBERED = 4096
_HEAVIEST = 4 * 2**20
_STAGES = ("wait", "decide", "commit", "answer")

_Key = tuple[str, str, str, bytes]
"""A decision: id and digest of its pack, its name, and its document."""

_Series = tuple[Counter, tuple[str, ...]]
"""A counter, and the values of its labels."""


class Metrics:
    """The counters of one process, or its part of those that all workers share. Safe between threads."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        self._decisions = Counter(
            "clausewise_decisions",
            "Decisions that were made, previews too, by what came out: of an outcome the first member with few values.",
            ("policy", "decision", "status", "outcome"),
            registry=registry,
        )
        self._rules = Counter(
            "clausewise_rules_won",
            "Rules that made an outcome, in how many decisions.",
            ("policy", "rule"),
            registry=registry,
        )
        self._refusals = Counter(
            "clausewise_refusals",
            "Calls and lines of batches that were refused, by the problem.",
            ("problem",),
            registry=registry,
        )
        stages = Histogram(
            "clausewise_stage_seconds",
            "Durations: the wait for a turn, deciding, a commit of the log, and a whole answer of a call that decides.",
            ("stage",),
            registry=registry,
            buckets=_SECONDS,
        )
        batches = Histogram(
            "clausewise_batch_entries",
            "Entries that one commit of the log has kept.",
            registry=registry,
            buckets=_SIZES,
        )
        self._stage = {name: stages.labels(name).observe for name in _STAGES}
        self._batch = batches.observe
        self._told: dict[tuple[str, str], Member | None] = {}
        self._known: Weighed[_Key, tuple[_Series, ...]] = Weighed(_HEAVIEST)
        self._gathered: Gathered[_Key] = Gathered(self._count)

    def know(self, desk: Desk) -> None:
        """Learn of what is in force. What was before is counted on, for as long as it still decides."""
        for versions in desk.policies.values():
            for policy in versions:
                self._told |= {key: _telling_member(decision) for key, decision in _by_key(policy)}

    def collected(self, *further: Collector) -> CollectorRegistry:
        """Return all that is to be told now: of all workers, where they share their counters, and from elsewhere."""
        self._gathered.hand_on()
        registry = CollectorRegistry()
        for each in (OfAllWorkers() if are_shared() else self._registry, *further):
            registry.register(each)
        return registry

    def timed(self, stage: str) -> Callable[[float], None]:
        """Return what takes the seconds of a stage: `wait`, `decide`, `commit` or `answer`."""
        return self._stage[stage]

    def decided(self, decided: Decided) -> None:
        """Count the decisions of an answer, and the rules that made them."""
        pack = decided.policy.pack
        id_, digest = pack.id, pack.digest
        self._gathered.add([(id_, digest, name, document) for name, document in decided.decisions.items()])

    def committed(self, entries: int, seconds: float) -> None:
        """Count a commit of the log."""
        self._batch(entries)
        self._stage["commit"](seconds)

    def refused(self, problem: str) -> None:
        """Count a call, or a line of one, that was answered with a problem."""
        self._refusals.labels(problem).inc()

    def _count(self, gathered: Mapping[_Key, int]) -> None:
        """Count documents of decisions: each series once, however many documents are in it."""
        counts: dict[_Series, int] = {}
        for key, number in gathered.items():
            found = self._known.get(key) or self._known.keep(key, self._series(key), _MOST_REMEMBERED)
            for series in found:
                counts[series] = counts.get(series, 0) + number
        for (counter, labels), number in counts.items():
            counter.labels(*labels).inc(number)

    def _series(self, key: _Key) -> tuple[_Series, ...]:
        """Return the series that a document is counted in."""
        id_, digest, name, document = key
        told: Mapping[str, Any] = jiter.from_json(document)
        outcome = _outcome(self._told[digest, name], told["outcome"])
        rules = dict.fromkeys(each["rule"] for each in told["because"])
        return (
            (self._decisions, (id_, name, told["status"], outcome)),
            *((self._rules, (id_, rule)) for rule in rules),
        )


def _by_key(policy: Policy) -> list[tuple[tuple[str, str], Decision]]:
    return [((policy.pack.digest, name), decision) for name, decision in policy.pack.decisions.items()]


def _telling_member(decision: Decision) -> Member | None:
    """Return the first member of an outcome that has few values, all of them declared; None without one."""
    few = (each for each in decision.members if each.choices is not None and not each.hidden)
    return next((each for each in few if len(each.choices or ()) <= _MOST_VALUES), None)


def _outcome(member: Member | None, outcome: Any) -> str:
    """Return an outcome in short, as `GET /v1/decisions?outcome=` takes it; empty where there is none to tell."""
    if member is None:
        return ""
    for step in member.path.split("."):
        if not isinstance(outcome, Mapping) or step not in outcome:
            return ""
        outcome = outcome[step]
    shown = str(outcome).lower() if isinstance(outcome, bool) else str(outcome)
    return f"{member.path}:{shown}"
