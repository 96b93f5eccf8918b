"""What the command that serves a model does; apart from the command line, so that a server starts without loading it."""

from __future__ import annotations

import gc
import json
from collections.abc import Callable

__all__ = ["serve_model"]


def serve_model(
    reference: str,
    *,
    host: str = "127.0.0.1",
    port: int = 8080,
    key: str | None = None,
    trust: bool = False,
    as_json: bool = False,
    say: Callable[[str], object],
) -> None:
    """Serve a model, compiled for inference, until the process is told to stop.

    Args:
        reference: a model file, or a version or name in the store.
        host, port: where to listen.
        key: the key that callers must send; made when left out.
        trust: whether a model that holds its author's own code may run it.
        as_json: whether to say where the server is as JSON.
        say: is given what to tell the user, a text at a time.

    Raises:
        LitmusError: when the model cannot be opened, or the address not be listened on.
    """
    from litmus.serve.server import run_server
    from litmus.store.store import open_runtime

    model = open_runtime(reference, trust=trust)

    def show(url: str, used: str | None) -> None:
        """Say where the server is; a key that the caller gave is not repeated where logs may keep it."""
        made = None if key else used
        if as_json:
            say(json.dumps({"url": url, "key": made, "model": model.version or model.name}))
            return
        say(f"Serving at {url}  (a page to try it: {url}/docs)")
        say(f"Key: {made}" if made else "Key: the one you gave")
        for note in model.notes:
            say(f"Note: {note}")
        say("Stop with Ctrl-C.")

    gc.freeze()  # what is loaded by now stays: looking through it again and again would hold up answers
    run_server(model, host=host, port=port, key=key, ready=show)
