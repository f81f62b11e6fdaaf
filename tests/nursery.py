"""Processes of Clausewise that begin where others have done all their imports: most of what a short one costs.

A nursery is one process that has imported the service. For each call it forks one that becomes what was called: it has
the streams, folder, environment and arguments of the call, a session of its own, and ends as Python ends. Whether the
installed command starts, and what it imports, is for tests that really start it.

A call is one message over a socket, with its standard streams: `{"code", "arguments", "folder", "environment"}`. The
answers are the id of the process and, when it has ended, its exit status as `subprocess` has it.
"""

import atexit
import gc
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from importlib import import_module
from io import TextIOWrapper
from pathlib import Path
from pkgutil import walk_packages

__all__ = ["COMMAND", "Nursery"]

ROOT = Path(__file__).resolve().parents[1]
CALLER = Path(__file__).with_name("nursery_call.py")
COMMAND = "from service.cli import main; main(prog_name='clausewise')"
# What the service imports when it is needed: for databases, lines of its log, sums.
LATE = ("alembic.command", "alembic.runtime.migration", "psycopg", "rich.console", "structlog", "z3")
LONGEST = 1_000_000  # bytes of a message: an environment and some code


class Newborn:
    """A process, as `subprocess.Popen` has one. Its standard error can be read if it was asked for."""

    def __init__(self, connection, stderr):
        self._connection = connection
        self.stderr = stderr
        self.returncode = None
        self.pid = int(connection.recv(LONGEST))

    def poll(self):
        """Return how it has ended, or None as long as it goes on."""
        with suppress(subprocess.TimeoutExpired):
            return self.wait(0)
        return None

    def wait(self, timeout=None):
        """Return how it has ended; wait for it, no longer than so many seconds."""
        if self.returncode is None:
            if not select.select([self._connection], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(str(self.pid), timeout)
            self.returncode = int(self._connection.recv(LONGEST))
            self._connection.close()
        return self.returncode

    def send_signal(self, number):
        """Send a signal, unless it is known to have ended."""
        if self.poll() is None:
            os.kill(self.pid, number)


class Nursery:
    """The process that forks; it ends when whoever made it has."""

    def __init__(self):
        self._folder = Path(tempfile.mkdtemp(prefix="clausewise-"))
        self._address = str(self._folder / "calls")
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
            listener.bind(self._address)
            listener.listen()
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.nursery", str(listener.fileno())],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                pass_fds=[listener.fileno()],
                start_new_session=True,
            )

    def start(self, *arguments, code=COMMAND, folder=ROOT, environment=None, stderr=None):
        """Start a call, or other code, that reads nothing.

        environment  of the process  [default: that of this one]
        stderr       a file descriptor, or `subprocess.PIPE` for text to read  [default: that of this process]
        """
        reading, writing = os.pipe() if stderr == subprocess.PIPE else (None, stderr)
        with Path(os.devnull).open("rb") as nothing:
            streams = [nothing.fileno(), 1, 2 if writing is None else writing]
            try:
                return Newborn(
                    self._call(code, arguments, folder, environment, streams),
                    None if reading is None else os.fdopen(reading, encoding="utf-8"),
                )
            finally:
                if reading is not None:
                    os.close(writing)

    def run(self, *arguments, code=COMMAND, folder=ROOT, environment=None, input=b"", stdout=None):  # noqa: A002
        """Return how a call has ended and what it has written, as `subprocess.run` does.

        stdout  a file descriptor that gets standard output  [default: it is returned]
        """
        with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as told, tempfile.TemporaryFile() as errors:
            given.write(input)
            given.seek(0)
            streams = [given.fileno(), told.fileno() if stdout is None else stdout, errors.fileno()]
            status = Newborn(self._call(code, arguments, folder, environment, streams), None).wait()
            told.seek(0)
            errors.seek(0)
            return subprocess.CompletedProcess([*map(str, arguments)], status, told.read(), errors.read())

    def shell_words(self):
        """Return the words by which a shell calls the command line here, with what it has as environment and folder."""
        return [sys.executable, "-I", "-S", str(CALLER), self._address, COMMAND]

    def remove(self):
        """End it. What was started goes on."""
        self._process.communicate()
        shutil.rmtree(self._folder)

    def _call(self, code, arguments, folder, environment, streams):
        """Return the connection over which a call was made."""
        told = {
            "code": code,
            "arguments": [*map(str, arguments)],
            "folder": str(folder),
            "environment": {**os.environ} if environment is None else environment,
        }
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        connection.connect(self._address)
        socket.send_fds(connection, [json.dumps(told).encode()], streams)
        return connection


def _attend(listener):
    """Fork a process for each call and tell how it ends. Returns a call in its process; else when nobody calls."""
    going = {}  # a file descriptor of the process -> its id, who called
    while True:
        ready, _, _ = select.select([0, listener, *going], [], [])
        if 0 in ready:
            return None
        for each in going.keys() & {*ready}:
            pid, connection = going.pop(each)
            os.close(each)
            with connection, suppress(OSError):  # nobody need wait
                connection.send(str(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])).encode())
        if listener not in ready:
            continue
        connection, _ = listener.accept()
        told, streams, _, _ = socket.recv_fds(connection, LONGEST, 3)
        pid = os.fork()
        if not pid:
            for each, (_, other) in going.items():
                os.close(each)
                other.close()
            connection.close()
            listener.close()
            return _born(json.loads(told), streams)
        for stream in streams:
            os.close(stream)
        with suppress(OSError):
            connection.send(str(pid).encode())
        going[os.pidfd_open(pid)] = pid, connection


def _born(call, streams):
    """Make this process the one that was called; returns the call."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.setsid()
    os.chdir(call["folder"])
    os.environ.clear()
    os.environ.update(call["environment"])
    sys.argv = ["clausewise", *call["arguments"]]
    sys.stdin = os.fdopen(0, closefd=False)
    sys.stdout = TextIOWrapper(os.fdopen(1, "wb", closefd=False), line_buffering=os.isatty(1))
    sys.stderr = TextIOWrapper(os.fdopen(2, "wb", closefd=False), line_buffering=True, errors="backslashreplace")
    return call


def _prepare():
    """Import all that a call may, and let what is made once be made."""
    import service  # noqa: PLC0415

    for module in walk_packages(service.__path__, "service."):
        if not module.name.startswith(("service.__main__", "service.audit.storage.migrations.")):
            import_module(module.name)
    for name in LATE:
        import_module(name)
    loans = import_module("service.pack.loader").load_pack(ROOT / "tests" / "fixtures" / "packs" / "library-loans")
    desk = import_module("service.decision.desk").Desk([loans])
    desk.decide(desk.read({"facts": {}}))
    gc.collect()
    gc.freeze()  # Else the first collection of each process would copy all of it.


def _become():
    """Be a nursery; in a process that it forks, do what was called."""
    _prepare()
    call = _attend(socket.socket(fileno=int(sys.argv[1])))
    if call is None:
        return
    status = _done(call["code"])
    # As Python ends, but for taking apart what was imported: that would copy all of it first.
    threading._shutdown()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    if status < 0:
        signal.signal(-status, signal.SIG_DFL)
        os.kill(os.getpid(), -status)
    os._exit(status)


def _done(code):
    """Return the status with which Python ends after some code."""
    try:
        exec(compile(code, "<string>", "exec"), {"__name__": "__main__"})
    except SystemExit as end:
        return end.code or 0
    except KeyboardInterrupt:
        return -signal.SIGINT
    except BaseException:  # noqa: BLE001 - as Python itself does
        sys.excepthook(*sys.exc_info())
        return 1
    return 0


if __name__ == "__main__":
    _become()
