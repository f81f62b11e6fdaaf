"""Which methods an address takes. What they do there is not known here."""

from __future__ import annotations

from flask import request
from werkzeug.exceptions import MethodNotAllowed
from werkzeug.routing import Map

__all__ = ["Methods"]


class Methods:
    """The methods of all addresses.

    `/v1/decisions/preview` is one address, although its last part could be an id as well.
    """

    def __init__(self, addresses: Map) -> None:
        self._addresses = addresses
        found: dict[str, set[str]] = {}
        for rule in addresses.iter_rules():
            if not rule.arguments:
                found.setdefault(rule.rule, set()).update(rule.methods or ())
        self._of_whole = {path: sorted(methods) for path, methods in found.items()}

    def here(self) -> list[str]:
        """Return those that the current request's address takes, sorted; none where there is nothing."""
        own = self._of_whole.get(request.path)
        return own if own is not None else sorted(self._addresses.bind_to_environ(request.environ).allowed_methods())

    def refuse_others(self) -> None:
        """Raise MethodNotAllowed where the current request's address does not take its method."""
        own = self._of_whole.get(request.path)
        if own is not None and request.method not in own:
            raise MethodNotAllowed(own)
