"""What the service counts and times, for Prometheus. The log's own numbers are in `log_metrics.py`.

All labels are bounded: by the packs that are loaded, by what they declare of outcomes, and by the codes of problems.
No fact of a case is in any.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import jiter
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from service.decision.desk import Decided, Desk
from service.decision.policy import Policy
from service.model.pack import Decision, Member
from service.remembering import Weighed
from service.web.metric_files import are_shared

__all__ = ["Metrics"]

_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
_SIZES = (1, 2, 4, 8, 16, 32, 64)
_MOST_VALUES = 16
_MOST_REMEMBERED = 4096
_HEAVIEST = 4 * 2**20
_STAGES = ("wait", "decide", "commit", "answer")

_Count = Callable[[], None]


class Metrics:
    """The counters of one process, or its part of those that all workers share. Safe between threads."""

    def __init__(self, desk: Desk) -> None:
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
            "clausewise_refusals", "Calls that were refused, by the problem.", ("problem",), registry=registry
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
        self._told = {
            name: _telling_member(decision)
            for versions in desk.policies.values()
            for policy in versions
            for name, decision in _by_key(policy)
        }
        self._known: Weighed[tuple[str, str, bytes], tuple[_Count, ...]] = Weighed(_HEAVIEST)

    def collected(self, *further: Collector) -> CollectorRegistry:
        """Return all that is to be told now: of all workers, where they share their counters, and from elsewhere."""
        registry = CollectorRegistry()
        for each in (_of_all_workers() if are_shared() else self._registry, *further):
            registry.register(each)
        return registry

    def timed(self, stage: str) -> Callable[[float], None]:
        """Return what takes the seconds of a stage: `wait`, `decide`, `commit` or `answer`."""
        return self._stage[stage]

    def decided(self, decided: Decided) -> None:
        """Count the decisions of an answer, and the rules that made them."""
        pack = decided.policy.pack
        for name, document in decided.decisions.items():
            key = (pack.digest, name, document)
            counts = self._known.get(key)
            if counts is None:
                counts = self._known.keep(key, self._counts(decided.policy, name, document), _MOST_REMEMBERED)
            for count in counts:
                count()

    def committed(self, entries: int, seconds: float) -> None:
        """Count a commit of the log."""
        self._batch(entries)
        self._stage["commit"](seconds)

    def refused(self, problem: str) -> None:
        """Count a call that was answered with a problem."""
        self._refusals.labels(problem).inc()

    def _counts(self, policy: Policy, name: str, document: bytes) -> tuple[_Count, ...]:
        told: Mapping[str, Any] = jiter.from_json(document)
        id_ = policy.pack.id
        outcome = _outcome(self._told[policy.pack.digest, name], told["outcome"])
        rules = dict.fromkeys(each["rule"] for each in told["because"])
        return (
            self._decisions.labels(id_, name, told["status"], outcome).inc,
            *(self._rules.labels(id_, rule).inc for rule in rules),
        )


def _of_all_workers() -> Collector:
    return MultiProcessCollector(None)  # type: ignore[no-untyped-call]


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
