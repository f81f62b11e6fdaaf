"""What the tests of the analysis share with those of decisions: a small pack, and a way to ask it."""

from tests.decision.conftest import ask, loan_desk, loan_policy, loans

__all__ = ["ask", "loan_desk", "loan_policy", "loans"]
