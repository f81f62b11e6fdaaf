"""SIGHUP to `clausewise serve`: what is to be in force is read anew, or refused, and the log says which."""

from __future__ import annotations

from service.cli.in_force import InForce, Sources
from service.cli.refusals import Refused
from service.web.log_lines import log
from service.written.findings import InvalidPack

__all__ = ["Renewing"]


class Renewing:
    """What is in force, and may be something else after a while."""

    def __init__(self, sources: Sources, in_force: InForce) -> None:
        self._sources = sources
        self._in_force = in_force

    def read(self) -> InForce | None:
        """Return what is to be in force; None where it is refused, of which the log has every finding."""
        try:
            return self._sources.read()
        except InvalidPack as wrong:
            for each in wrong.findings:
                log().error("refused", at=str(each.place), code=each.code, message=each.message)
        except Refused as wrong:
            for line in wrong.message.splitlines():
                log().error("refused", message=line.strip())
        except Exception as failure:  # noqa: BLE001 - whatever it is, the service goes on with what it has
            log().error("refused", message=f"it can't be read: {failure!r}")
        log().warning("in force as before", packs=self._in_force.shown)
        return None

    def tell(self, found: InForce) -> None:
        """Note what every worker serves from now on."""
        self._in_force = found
        log().info("in force", packs=found.shown)
