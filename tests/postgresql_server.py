"""A real PostgreSQL server of a test's own, on a free port of this machine."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

import pytest


class PostgresqlServer:
    """A server that can be stopped and started again, in the middle of what is tested.

    Attributes:
        url: its database.
    """

    def __init__(self) -> None:
        self._programs = _programs()
        self._folder = Path(tempfile.mkdtemp(prefix="litmus-postgresql-"))
        self._user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
        if os.geteuid() == 0:  # the server refuses to be run by root
            shutil.chown(self._folder, self._user, self._user)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self._run("initdb", "--auth=trust", "--no-sync", "--encoding=UTF8", "--username=litmus", "-D", self._data)
        self.start()
        self.url = f"postgresql://litmus:secret@127.0.0.1:{self._port}/postgres"

    @property
    def _data(self) -> str:
        return str(self._folder / "data")

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = f"-h 127.0.0.1 -p {self._port} -k {self._folder} -c fsync=off -c max_connections=40"
        log = str(self._folder / "log")
        self._run("pg_ctl", "start", "--wait", "--silent", "-D", self._data, "-l", log, "-o", options)

    def stop(self) -> None:
        """Stop it, and break off what it is doing."""
        self._run("pg_ctl", "stop", "--wait", "--silent", "--mode=immediate", "-D", self._data)

    def empty(self) -> None:
        """Remove all tables."""
        command = "DROP SCHEMA public CASCADE; CREATE SCHEMA public"
        self._run(
            "psql", "-q", "-h", "127.0.0.1", "-p", str(self._port), "-U", "litmus", "-d", "postgres", "-c", command
        )

    def remove(self) -> None:
        """Stop it and remove its files."""
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._programs / program), *arguments]
        if os.geteuid() == 0:
            user = pwd.getpwnam(self._user)
            command = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups", *command]
        done = subprocess.run(
            command, cwd=self._folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False
        )
        assert done.returncode == 0, done.stderr


def _programs() -> Path:
    """The folder of the newest server that is installed; without one the test is skipped."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not found:
        on_path = shutil.which("initdb")
        if on_path is None:
            pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
        return Path(on_path).resolve().parent
    if os.geteuid() == 0 and (shutil.which("setpriv") is None or "postgres" not in {u.pw_name for u in pwd.getpwall()}):
        pytest.skip("PostgreSQL refuses to be run by root, and there is no user postgres to run it as")
    return found[-1].parent
