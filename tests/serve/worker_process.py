"""A worker of an endpoint's folder, as its supervisor starts it."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from litmus.serve.config import ServiceConfig, VariantConfig, save_config


@contextlib.contextmanager
def worker(folder: Path, bundle: Path, **options: object) -> Iterator[tuple[str, subprocess.Popen]]:
    save_config(ServiceConfig("small", 1, variants=[VariantConfig("main", str(bundle), "small-1")], **options), folder)
    with socket.create_server(("127.0.0.1", 0)) as listener, (folder / "log").open("wb") as log:
        command = [
            sys.executable,
            "-m",
            "litmus.serve",
            "--config",
            str(folder),
            "--slot",
            "0",
            "--listen-fd",
            str(listener.fileno()),
        ]
        process = subprocess.Popen(command, pass_fds=[listener.fileno()], stderr=log)
        scheme = "https" if "tls" in options else "http"
        try:
            yield f"{scheme}://127.0.0.1:{listener.getsockname()[1]}", process
        finally:
            process.terminate()
            process.wait(30)


def write_keys(folder: Path, *records: dict) -> None:
    part = folder / ".keys"
    part.write_text(json.dumps(records))
    part.replace(folder / "keys.json")
