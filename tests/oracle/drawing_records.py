"""Lists of records for random packs: their schemas, conditions on their items, and what is derived of them."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.oracle.drawing import Word, _Drawing

__all__ = ["Records"]

_FEW_MEMBERS = ("flag", "kind", "level")
_MEMBERS = (*_FEW_MEMBERS, "hours", "cost", "code", "on", "until", "at", "paid")
_FORMS = {"count": (), "sum": ("integer", "number"), "greatest": ("integer", "number"), "least": ("integer", "number"),
          "latest": ("date", "instant"), "earliest": ("date", "instant")}  # fmt: skip


class Records:
    """Draws for one pack; `word` makes the drawing's Word of a member."""

    def __init__(self, drawing: _Drawing, word: type[Word]) -> None:
        self.drawing, self.rng, self.word = drawing, drawing.rng, word

    def fact(self, *, small: bool = False) -> tuple[dict[str, Any], dict[str, Any]]:
        """Draw a list; a small one has so few values that all can be listed."""
        names = self.rng.sample(*((_FEW_MEMBERS, 1) if small else (_MEMBERS, self.rng.choice((1, 2, 2, 3, 4)))))
        items: dict[str, Any] = {"type": "object", "additionalProperties": False, "required": [], "properties": {}}
        members = []
        for name in names:
            spec, word = self._member(name)
            ways = ("required", "required", "required", "none") if small else ("required",) * 4 + ("none", "default")
            way = self.rng.choice(ways)
            default = self.drawing._default(spec)
            if way == "none":
                spec["x-absent"] = "none"
                word = replace(word, nullable=True)
            elif way == "default" and default is not None:
                spec["default"] = default
            else:
                items["required"].append(name)
            items["properties"][name] = spec
            members.append(word)
        schema: dict[str, Any] = {"type": "array", "items": items}
        if small or self.rng.random() < 0.4:
            schema["maxItems"] = self.rng.choice((1, 2) if small else (1, 2, 3, 6))
        if self.rng.random() < 0.2:
            schema["minItems"] = 1
        return schema, {"type": "records", "members": tuple(members)}

    def _member(self, name: str) -> tuple[dict[str, Any], Word]:
        made = {
            "flag": self.drawing._boolean,
            "kind": self.drawing._enum,
            "level": self._level,
            "hours": self.drawing._number,
            "cost": self.drawing._whole,
            "code": self.drawing._text,
            "on": self.drawing._date,
            "until": self.drawing._date,
            "paid": self.drawing._number,
            "at": self.drawing._instant,
        }[name]
        spec, about = made()
        return spec, self.word(name, **about)

    def _level(self) -> tuple[dict[str, Any], dict[str, Any]]:
        choices = (1, 2, 3)[: self.rng.randint(2, 3)]
        return {"type": "integer", "enum": list(choices)}, {"type": "integer", "choices": choices}

    # conditions

    def matcher(self, word: Word) -> dict[str, Any]:
        """Draw what is asked of a list."""
        if self.rng.random() < 0.15:
            return {"empty": self.rng.random() < 0.5}
        where = self._where(word)
        if where is None:
            return {"empty": self.rng.random() < 0.5}
        found = {self.rng.choice(("some", "some", "every", "no")): where}
        if self.rng.random() < 0.2:
            other = self._where(word)
            if other is not None:
                found = {**found, self.rng.choice(("some", "every", "no")): other}
        return found

    def _where(self, word: Word) -> dict[str, Any] | None:
        with self._inside(word):
            return self.drawing._condition(1)

    @contextmanager
    def _inside(self, word: Word) -> Iterator[None]:
        """Let the drawing read the members of an item, and a few names of the case."""
        outside = self.drawing.words
        taken = {member.name for member in word.members}
        scalars = [
            w
            for w in outside
            if w.type in ("boolean", "string", "integer", "number", "date", "instant")
            and not w.is_member
            and not w.is_personal
            and w.name not in taken
        ]
        beside = self.rng.sample(scalars, min(len(scalars), self.rng.choice((0, 0, 1, 2))))
        self.drawing.words = [*word.members, *beside]
        try:
            yield
        finally:
            self.drawing.words = outside

    # derived facts

    def derived(self) -> tuple[dict[str, Any], Word] | None:
        """Draw what is made of a list."""
        words = self.drawing._of("records")
        if not words:
            return None
        word = self.rng.choice(words)
        form = self.rng.choice(sorted(_FORMS))
        members = [m for m in word.members if m.type in _FORMS[form]]
        if form != "count" and not members:
            form = "count"
        where = self._where(word) if form == "count" or self.rng.random() < 0.7 else None
        written: dict[str, Any] = {form: word.name}
        type_ = "integer"
        if form != "count":
            member = self.rng.choice(members)
            written["of"], type_ = member.name, member.type
        if where is not None:
            written["where"] = where
        return written, self.word("", type_, nullable=word.nullable or form not in ("count", "sum"))
