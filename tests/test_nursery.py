"""What begins in a nursery is as a process that was started: its streams, where it is, and how it ends."""

import os
import signal
import subprocess

import pytest

SHOW = "import json, os, sys; json.dump([sys.argv[1:], os.getcwd(), dict(os.environ), sys.stdin.read()], sys.stdout)"


def test_it_has_the_arguments_the_folder_the_environment_and_the_input_of_its_call(nursery, tmp_path):
    """And nothing of the nursery's own."""
    done = nursery.run("a", 1, code=SHOW, folder=tmp_path, environment={"ONE": "1"}, input=b"given")

    assert done.stdout.decode() == f'[["a", "1"], "{tmp_path}", {{"ONE": "1"}}, "given"]'
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize(
    ("code", "status", "told"),
    [
        ("import sys; print('wrong', file=sys.stderr); sys.exit(3)", 3, "wrong\n"),
        ("import atexit; atexit.register(print, 'at the end', file=__import__('sys').stderr)", 0, "at the end\n"),
        ("1 / 0", 1, "ZeroDivisionError: division by zero\n"),
        ("raise KeyboardInterrupt", -signal.SIGINT, ""),
        ("import os; os.kill(os.getpid(), 9)", -signal.SIGKILL, ""),
    ],
    ids=["a status", "the end", "a defect", "an interrupt", "a signal"],
)
def test_it_ends_as_python_ends(nursery, code, status, told):
    """By itself, by a defect or by a signal."""
    done = nursery.run(code=code)

    assert (done.returncode, done.stderr.decode().endswith(told)) == (status, True)
    assert told or not done.stderr


def test_it_is_a_session_of_its_own_that_can_be_told_to_end(nursery):
    """As servers are: all that is left of one is ended at once."""
    process = nursery.start(
        code="import sys, time; print('here', file=sys.stderr); time.sleep(600)", stderr=subprocess.PIPE
    )
    told = process.stderr.readline()
    assert (told, os.getsid(process.pid), process.poll()) == ("here\n", process.pid, None)

    os.killpg(process.pid, signal.SIGTERM)
    assert process.wait(60) == process.poll() == -signal.SIGTERM
    process.send_signal(signal.SIGTERM)  # nobody is there any more
    process.stderr.close()


def test_a_shell_calls_the_command_line_in_it(nursery, tmp_path):
    """With its own streams and folder, and the status that comes back."""
    command = ["bash", "-c", '"$@" --nonsense; echo $?; "$@" --version | cut -c 1-10', "bash", *nursery.shell_words()]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)

    assert done.stdout == "2\nclausewise\n"
    assert "No such option" in done.stderr
