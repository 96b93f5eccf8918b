"""`litmus serve`."""

from __future__ import annotations

from typing import Annotated

import typer

from litmus.cli.output import write_text

__all__ = ["add_to"]


def serve(
    model: Annotated[str, typer.Argument(help="A model file, or a version from `litmus models`.")],
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 takes a free one.")] = 8080,
    host: Annotated[
        str, typer.Option(help="The address to listen on; the default is this machine only.")
    ] = "127.0.0.1",
    key: Annotated[
        str | None, typer.Option(envvar="LITMUS_KEY", help="The key that callers must send; made when left out.")
    ] = None,
    trust: Annotated[bool, typer.Option(help="Allow a model that holds its author's own code to run it.")] = False,
) -> None:
    """Answer predictions over HTTP: POST /predict, /invocations, GET /ping, and a page to try it at /docs."""
    from litmus.serve import run_server
    from litmus.store import open_model

    loaded = open_model(model, trust=trust)
    run_server(loaded, host=host, port=port, key=key, ready=lambda url, made: _show(url, None if key else made))


def _show(url: str, key: str | None) -> None:
    """Say where the server is; a key that the caller gave is not repeated where logs may keep it."""
    write_text(f"Serving at {url}  (a page to try it: {url}/docs)")
    write_text(f"Key: {key}" if key else "Key: the one you gave")
    write_text("Stop with Ctrl-C.")


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(serve)
