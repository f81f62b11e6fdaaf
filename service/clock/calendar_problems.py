"""What can be wrong with a calendar, and the error that carries all of it. The checks are where it is read."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from service.wording import nearest

__all__ = ["CalendarPath", "CalendarProblem", "InvalidCalendar", "Problems"]

CalendarPath = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class CalendarProblem:
    """One thing that is wrong: where in the calendar's data, what, and the nearest valid text where there is one.

    The message is a sentence without its capital and full stop, to be put after the place and before the nearest.
    """

    path: CalendarPath  # keys and indexes from the calendar's root
    message: str
    nearest: str | None = None


class InvalidCalendar(ValueError):
    """A calendar that says what cannot be: `.calendar` its id, `.problems` every problem."""

    def __init__(self, calendar: str, problems: Sequence[CalendarProblem]) -> None:
        self.calendar = calendar
        self.problems = tuple(problems)
        super().__init__(calendar, self.problems)

    def __str__(self) -> str:
        return "\n".join(_line(self.calendar, problem) for problem in self.problems)


class Problems:
    """The problems of one calendar, gathered while it is read: `.found`, in the order of reading."""

    def __init__(self) -> None:
        self.found: list[CalendarProblem] = []

    def add(self, path: CalendarPath, message: str, nearest: str | None = None) -> None:
        """Add a problem."""
        self.found.append(CalendarProblem(path, message, nearest))

    def knows(self, name: str, names: Collection[str], path: CalendarPath, what: str) -> bool:
        """Tell whether `name` is one of `names`; if not, add the problem that it is `what`, such as "no weekday"."""
        if name in names:
            return True
        self.add(path, f"'{name}' is {what}", nearest(name, names))
        return False


def _line(calendar: str, problem: CalendarProblem) -> str:
    meant = f" Did you mean '{problem.nearest}'?" if problem.nearest is not None else ""
    return f"calendar {calendar}, {'.'.join(map(str, problem.path))}: {problem.message}.{meant}"
