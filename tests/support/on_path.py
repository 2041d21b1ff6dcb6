"""``gexlake`` on the path of shell scripts: a small program that has the command run in a fork, with its streams."""

from __future__ import annotations

import json
import socket
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from support.commands import Commands

#: Hands over its streams, its words and the settings of its environment; ends with the status that comes back.
_PROGRAM = """#!{python} -IS
import json, os, socket, sys
settings = {{name: value for name, value in os.environ.items() if name.startswith("GEXLAKE_")}}
with socket.socket(socket.AF_UNIX) as there:
    there.connect({place!r})
    socket.send_fds(there, [json.dumps([sys.argv[1:], settings]).encode() + b"\\n"], [1, 2])
    sys.exit(int(there.recv(100)))
"""


@contextmanager
def gexlake_in(folder: Path, commands: Commands) -> Iterator[None]:
    """Put such a program into a folder, for as long as somebody is there to do what it asks for."""
    program = folder / "gexlake"
    # A folder of its own: the path of a socket may have a hundred characters.
    with tempfile.TemporaryDirectory() as short, socket.socket(socket.AF_UNIX) as server:
        server.bind(place := f"{short}/asked")
        server.listen()
        program.write_text(_PROGRAM.format(python=sys.executable, place=place), encoding="utf-8")
        program.chmod(0o755)
        answering = threading.Thread(target=_answer, args=(server, commands))
        answering.start()
        try:
            yield
        finally:
            server.shutdown(socket.SHUT_RDWR)
            answering.join()


def _answer(server: socket.socket, commands: Commands) -> None:
    """Run one command after the other, until nobody listens any more."""
    while True:
        try:
            asking, _ = server.accept()
        except OSError:
            return
        with asking:
            said, files, _, _ = socket.recv_fds(asking, 1 << 16, 2)
            out, err = (open(file, "wb", 0) for file in files)  # noqa: SIM115, PTH123  # closed below
            with out, err:
                words, settings = json.loads(said)
                status, _, _ = commands.run_program(*words, out=out.fileno(), err=err.fileno(), **settings)
            asking.sendall(str(status).encode())
