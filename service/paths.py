"""Where something stands within a JSON document: pointers. What stands there is not known here."""

from __future__ import annotations

__all__ = ["pointer_to"]


def pointer_to(*names: str | int) -> str:
    """Return the JSON pointer (RFC 6901) through these members and items.

    >>> pointer_to("facts", "a/b", 0)
    '/facts/a~1b/0'
    """
    return "".join("/" + str(name).replace("~", "~0").replace("/", "~1") for name in names)
