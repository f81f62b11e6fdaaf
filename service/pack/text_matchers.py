"""Matchers that look inside a text, as they are written: how it begins, how it ends, what it contains; in any case."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from service.model.conditions import ALWAYS, All, Condition, Spelling, Test
from service.model.names import Key
from service.pack.vocabulary import ANY, Word, a_type, it_is, type_name
from service.wording import nearest
from service.written.findings import Reporter, Steps

__all__ = ["INSIDE", "TextReader"]

INSIDE = ("starts_with", "ends_with", "contains")
"""Matchers that look inside a text."""


@dataclass(frozen=True)
class TextReader:
    """Reads the matchers of one text.

    key    what it goes by in the conditions
    about  what messages call the rule
    """

    word: Word
    key: Key
    report: Reporter
    about: str
    ignoring_case: bool = False

    def inside(self, op: str, operand: object, path: Steps) -> Condition:
        """Read one of INSIDE."""
        if op == "contains" and isinstance(operand, list):
            mend = "either: [{contains: …}, {contains: …}], or all: […] of conditions"
            return self._wrong(path, "wrong_type", f"'contains' takes one text; of several write {mend}")
        return self.spelling(op, operand, path)

    def any_case(self, operand: object, path: Steps) -> Condition:
        """Read what `ignoring_case` holds: a text to be, a list of texts to be one of, or matchers of INSIDE."""
        reader = TextReader(self.word, self.key, self.report, self.about, ignoring_case=True)
        if not isinstance(operand, dict):
            return reader.spelling("spelt", operand, path)
        if not operand:
            return self._wrong(path, "wrong_type", "'ignoring_case' takes a text, a list of texts, or matchers")
        parts = tuple([reader.known(str(op), each, (*path, op)) for op, each in operand.items()])
        return parts[0] if len(parts) == 1 else All(parts)

    def known(self, op: str, operand: object, path: Steps) -> Condition:
        """Read one of INSIDE, or report that a matcher is none of them."""
        if op in INSIDE:
            return self.inside(op, operand, path)
        message = f"{self.about}: '{op}' is none of the matchers that can ignore case: {', '.join(INSIDE)}"
        self.report.at_key(path, "unknown_operator", message, nearest(op, INSIDE))
        return ALWAYS

    def spelling(self, op: str, operand: object, path: Steps) -> Condition:
        """Read one text or several, of which one at least is to be found."""
        if self.word.type not in ("string", ANY):
            return self._wrong(path, "wrong_type", f"'{self.word.name}' is {a_type(self.word.type)}, not a string")
        texts = tuple(self._texts(operand, path))
        if not texts:
            return ALWAYS
        spelling = Spelling(texts, self.ignoring_case)
        test = Test(self.key, op, spelling, self.report.place(path))
        choices = self.word.choices
        if choices is not None and not any(test.judge(each, spelling) for each in choices):
            self._wrong(path, "impossible_value", f"'{self.word.name}' is never such a text{it_is(choices)}")
        return test

    def _texts(self, operand: object, path: Steps) -> Iterator[str]:
        """Yield the texts of an operand that can be sought, as they are compared."""
        if operand == []:
            self._wrong(path, "empty", "a list of texts has at least one")
        for i, each in enumerate(operand) if isinstance(operand, list) else [(None, operand)]:
            here = path if i is None else (*path, i)
            if not isinstance(each, str):
                self._wrong(here, "wrong_type", f"takes texts, not {a_type(type_name(each))}")
            elif not each:
                self._wrong(here, "empty", "the empty text is in every text: say which to look for")
            else:
                yield each.casefold() if self.ignoring_case else each

    def _wrong(self, path: Steps, code: str, says: str) -> Condition:
        self.report.at(path, code, f"{self.about}: {says}")
        return ALWAYS
