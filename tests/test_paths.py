"""A place in a JSON document is a pointer."""

import pytest

from service.paths import pointer_to


@pytest.mark.parametrize(("names", "pointer"), [((), ""), (("facts", 0), "/facts/0"), (("a/b", "~", ""), "/a~1b/~0/")])
def test_a_pointer_escapes_as_rfc_6901_says(names, pointer):
    """A tilde first, then the slash, or a name with both would be read as another."""
    assert pointer_to(*names) == pointer
