"""Call the command line in a nursery, for a shell: `nursery_call.py ADDRESS CODE ARGUMENT…`; see `nursery.py`.

Run without Python's `site`, and ends as the process has ended that did what was called.
"""

import json
import os
import socket
import sys

_, address, code, *arguments = sys.argv
with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as nursery:
    nursery.connect(address)
    folder = os.getcwd()  # noqa: PTH109 - to import pathlib takes as long as all else here
    call = {"code": code, "arguments": arguments, "folder": folder, "environment": {**os.environ}}
    socket.send_fds(nursery, [json.dumps(call).encode()], [0, 1, 2])
    nursery.recv(100)  # its id
    status = int(nursery.recv(100))
if status < 0:
    os.kill(os.getpid(), -status)
sys.exit(status)
