"""Whether what a run makes can be written where it should go, asked before the run takes its time."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["check_page", "check_places"]


def check_places(output: Path | None, report: Path | None) -> None:
    """Refuse places that cannot be written to.

    Args:
        output: where the model is to go, if anywhere but the store.
        report: where the report is to go.

    Raises:
        LitmusError: naming the place.
    """
    from litmus.bundle import check_target

    if output is not None:
        check_target(output.expanduser())
    if report is not None:
        check_page(report)
    if output is None:
        _check_store()


def check_page(page: Path) -> None:
    """Refuse a file for a page that cannot be written.

    Raises:
        ParameterError: naming the place.
    """
    from litmus.errors import ParameterError

    folder = page.expanduser().absolute().parent
    if page.is_dir():
        raise ParameterError(f"{page} is a folder; give the name of a file, such as {page / 'report.html'}.")
    if not folder.is_dir():
        raise ParameterError(f"The folder {folder} does not exist; make it first.")


def _check_store() -> None:
    """Refuse a run whose model could be kept nowhere."""
    from litmus.errors import ParameterError
    from litmus.store import Store

    home = Store().home
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        problem = "" if os.access(home, os.W_OK) else "it may not be written to"
    except FileExistsError:
        problem = "it is no folder"
    except OSError as error:
        problem = error.strerror or str(error)
    if problem:
        raise ParameterError(
            f"The store {home} cannot be used ({problem}); set LITMUS_HOME to another folder, or give --output."
        )
