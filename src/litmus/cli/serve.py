"""`litmus serve`."""

from __future__ import annotations

from typing import Annotated

import typer

from litmus.cli.output import write_text

__all__ = ["add_to"]


def serve(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A model file, or a version from `litmus models`.")],
    port: Annotated[int, typer.Option(min=0, max=65535, metavar="PORT", help="The port; 0 takes a free one.")] = 8080,
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="The address to listen on; the default is this machine only.")
    ] = "127.0.0.1",
    key: Annotated[
        str | None,
        typer.Option(envvar="LITMUS_KEY", metavar="KEY", help="The key that callers must send; made when left out."),
    ] = None,
    trust: Annotated[
        bool, typer.Option("--trust", help="Allow a model that holds its author's own code to run it.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write the address and a key that was made as JSON.")] = False,
) -> None:
    """Answer predictions over HTTP: POST /predict, /invocations, GET /ping, and a page to try it at /docs.

    Every request carries the key: `Authorization: Bearer KEY`. Ctrl-C or SIGTERM stops the server when the open requests
    are answered.

    \b
    Examples:
      litmus serve income.litmus
      LITMUS_KEY=secret litmus serve adult-3 --port 0 --json
      curl http://127.0.0.1:8080/predict -H "Authorization: Bearer $KEY" -d '{"age": 39}' -H 'Content-Type: application/json'
    """  # noqa: D301 - the \b is meant: it keeps lines apart in the help
    from litmus.serve.command import serve_model

    serve_model(model, host=host, port=port, key=key, trust=trust, as_json=as_json, say=write_text)


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command(short_help="Answer predictions over HTTP.")(serve)
