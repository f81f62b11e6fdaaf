"""The names that a derived fact reads, looked up in the vocabulary; what can't be read becomes a finding."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from service.pack.vocabulary import ANY, Vocabulary, Word, a_type
from service.written.findings import Reporter, Steps

__all__ = ["InputReader", "names_of"]


@dataclass(frozen=True)
class InputReader:
    """Reads the names that derived facts are derived from.

    kinds  in each method: the types that the name may have
    about  what reads it, as a finding begins
    """

    vocabulary: Vocabulary
    report: Reporter

    def words(self, named: list[tuple[object, Steps]], about: str, kinds: tuple[str, ...]) -> list[Word] | None:
        """Return the words of names, each with its path; None when one of them can't be used."""
        words = [self.word(name, path, about, kinds) for name, path in named]
        found = [word for word in words if word is not None]
        return found if len(found) == len(words) else None

    def word(self, name: object, path: Steps, about: str, kinds: tuple[str, ...]) -> Word | None:
        """Return the word of a name; None when it can't be used."""
        if name is None:  # what stood there was taken out, as its structure is wrong
            return None
        word = self.vocabulary.word(str(name))
        if word is None:
            close = self.vocabulary.closest(name)
            message = f"{about} reads '{name}', which neither the facts schema nor the pack declares"
            self.report.at(path, "unknown_name", message, close)
        elif word.type not in (*kinds, ANY):
            self.report.at(path, "wrong_type", f"{about}: '{name}' is {a_type(word.type)}, not {_any_of(kinds)}")
            return None
        return word

    def id_or_name(
        self, written: object, path: Steps, about: str, kind: str, is_one: Callable[[str, Steps, str], bool]
    ) -> tuple[str | None, str | None] | None:
        """Return the id of something, and the name whose value such an id is: one of both, as it is written.

        kind    what it is the id of, such as a zone
        is_one  tells whether a text is such an id, and reports one that is none
        None when it can't be used.
        """
        word = self.vocabulary.word(str(written))
        if word is None:
            return (str(written), None) if is_one(str(written), path, about) else None
        if word.type != ANY and (word.type != "string" or word.choices is None):
            message = f"{about}: '{word.name}' is no {kind}: a name that is one is a string with an enum of {kind}s"
            self.report.at(path, "wrong_type", message)
            return None
        about = f"{about}: '{word.name}' may be no {kind}"
        found = [is_one(str(each), path, about) for each in word.choices or ()]
        return (None, word.name) if all(found) else None


def names_of(words: list[Word]) -> tuple[str, ...]:
    """Return the names of words, in order."""
    return tuple(word.name for word in words)


def _any_of(kinds: tuple[str, ...]) -> str:
    return " or ".join(map(a_type, kinds))
