"""What each column adds to predictions, of a model in memory or a compiled one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from litmus.runtime.attributions import EVALUATIONS, Attributions, Space, check_background, explained
from litmus.runtime.mixtures import dict_rows

if TYPE_CHECKING:
    from litmus.model import Model
    from litmus.runtime import RuntimeModel

__all__ = ["attributions", "compiled_copy"]


def attributions(
    model: Model | RuntimeModel,
    rows: Any,
    *,
    background: Any = None,
    space: Space | None = None,
    evaluations: int = EVALUATIONS,
    seed: int = 0,
    time_limit: float | None = None,
) -> Attributions:
    """What each column adds to the predictions of some rows, as an endpoint answers it too.

    The values are Shapley values over the columns of the user's table: `base + values.sum(axis=1)` is the prediction. They
    are computed by the compiled model, so that they explain what is served, whatever trained it.

    Args:
        model: a model, which is compiled once for this, or `litmus.runtime.load(path)`.
        rows: a dict, a list of dicts, or a table, as for `predict`.
        background: rows to compare with, in any form; by default the few training rows that the model keeps.
        space: "probability" (default) or "log_odds"; regression has "value".
        evaluations: how often the model is asked for one row.
        seed: which orders of columns are sampled, where there are too many for all.
        time_limit: seconds.

    Raises:
        ParameterError: when there are no background rows, or an option is not allowed.
        PredictionError: when the rows do not fit the schema, or the time is over.

    Example:
        >>> import litmus
        >>> rows = [{"size": size, "rooms": size % 5, "price": 3 * size} for size in range(200)]
        >>> run = litmus.train(rows, target="price", algorithm="LinearModel", callbacks=[], executor="in_process")
        >>> found = attributions(run.best, {"size": 150, "rooms": 2})
        >>> next(iter(found.of_row())), bool(abs(found.base + found.values.sum(axis=1) - found.outputs).max() < 1e-6)
        ('size', True)
    """
    given = None if background is None else dict_rows(background, model.schema)
    check_background(model.name, model.background if given is None else given)  # before compiling, which takes seconds
    copy = compiled_copy(model)
    return explained(
        copy,
        rows,
        background=model.background if given is None else given,
        space=space,
        evaluations=evaluations,
        seed=seed,
        time_limit=time_limit,
    )


def compiled_copy(model: Model | RuntimeModel) -> RuntimeModel:
    """The compiled form of a model; of a compiled one itself."""
    from litmus.runtime import RuntimeModel

    return model if isinstance(model, RuntimeModel) else model.compiled()
