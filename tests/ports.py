"""Ports for the servers that tests start: nobody else's, for as long as the process of the tests lives.

Binding to port 0 gives one that is free now, and that the next connection of any process may take. Here a port is below
those that the system gives out by itself, and a lock on a file of its number keeps other runs of the tests from it.
"""

import atexit
import fcntl
import os
import socket
import tempfile
from pathlib import Path
from random import SystemRandom

__all__ = ["free_port"]

_LOWEST, _HIGHEST = 20_000, 32_000  # Linux gives out those from 32768 on


def free_port():
    """Return a port of the loopback address that nobody listens at, and that no other test is given."""
    folder = Path(tempfile.gettempdir()) / f"clausewise-ports-{os.getuid()}"
    folder.mkdir(exist_ok=True)
    for _ in range(1000):
        port = SystemRandom().randrange(_LOWEST, _HIGHEST)
        if _is_ours(folder / str(port)) and _is_free(port):
            return port
    raise AssertionError(f"of a thousand ports from {_LOWEST} to {_HIGHEST} none was free")


def _is_ours(path):
    """Lock the file of a port until this process ends; tell whether nobody has."""
    file = path.open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return False
    atexit.register(file.close)
    return True


def _is_free(port):
    """Tell whether nobody listens at a port of the loopback address."""
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
