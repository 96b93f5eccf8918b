"""Serves a bundle as it is served in production, with nothing importable but the standard library and one folder.

Arguments: the folder of packages, the bundle, the port, and "trust" or "". Says where it is on standard output, as JSON.
"""

from __future__ import annotations

import gc
import json
import os
import sys


def _main() -> None:
    packages, bundle, port, trust = sys.argv[1:5]
    sys.path.append(packages)
    told = os.dup(1)
    os.dup2(2, 1)  # what libraries and users' code print is no answer

    def ready(url: str, key: str | None) -> None:
        os.write(told, json.dumps({"event": "told by server", "url": url, "key": key}).encode() + b"\n")

    from litmus.errors import LitmusError

    try:
        from litmus.runtime import load
        from litmus.serve import run_server

        model = load(bundle, trust=trust == "trust")
        gc.freeze()  # as `litmus serve` does
        run_server(model, port=int(port), ready=ready)
    except LitmusError as error:
        refused = {"event": "told by server", "refused": type(error).__name__, "sentence": str(error)}
        os.write(told, json.dumps(refused).encode() + b"\n")
        raise SystemExit(2) from None


if __name__ == "__main__":
    _main()
