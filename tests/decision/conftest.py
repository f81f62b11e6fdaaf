"""What the tests of decisions share: the toy pack, and a short way to ask it."""

from collections.abc import Callable, Mapping

import orjson
import pytest

from service.decision.desk import Desk
from service.decision.policy import Policy
from service.instants import read_instant
from service.model.pack import Pack
from service.pack.case_files import nested

Documents = Mapping[str, dict[str, object]]
Ask = Callable[..., Documents]


@pytest.fixture(scope="session")
def loans(library_loans: Pack) -> Pack:
    """Five decisions about library loans, with every construct of the language: nobody's support policy."""
    return library_loans


@pytest.fixture(scope="session")
def loan_policy(loans: Pack) -> Policy:
    """The toy pack, ready to decide."""
    return Policy(loans)


@pytest.fixture(scope="session")
def loan_desk(loans: Pack) -> Desk:
    """A desk with the toy pack alone."""
    return Desk([loans])


@pytest.fixture(scope="session")
def ask(loan_policy: Policy) -> Ask:
    """Decide facts with dotted names by the toy pack."""

    def asked(facts: Mapping[str, object], *decisions: str, as_of: str | None = None) -> Documents:
        case = loan_policy.pack.facts.read(nested(facts))
        moment = None if as_of is None else read_instant(as_of)
        found = loan_policy.decide(case, decisions or None, moment)
        return {name: orjson.loads(document) for name, document in found.items()}

    return asked
