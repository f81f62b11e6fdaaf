"""How much a run tries: what the tests take to be enough, or all there is, with --hypothesis-profile=thorough."""

from typing import TypeVar

from hypothesis import settings

__all__ = ["tried"]

T = TypeVar("T")


def tried(usual: T, thorough: T) -> T:
    """Return what a usual run tries, or what a thorough one does; to be asked once tests are collected, or later."""
    return thorough if settings.get_current_profile_name() == "thorough" else usual
