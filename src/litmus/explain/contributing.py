"""What XGBoost, LightGBM and CatBoost themselves say that each feature adds to a prediction's margin, by the users' columns.

The libraries compute the Shapley values of their trees exactly, with what the trees saw of the training rows in place of
background rows (Lundberg and others, 2020, https://arxiv.org/abs/1802.03888). The margins of a model's fitted pipelines are
averaged with the weights by which the model averages their scores: base and contributions add up to the mean margin, which
is the log odds (of classes: the log of the unscaled probability) of a single pipeline, and near that of several.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from litmus.data import conform
from litmus.errors import ParameterError
from litmus.runtime.attributions import Attributions, Space

if TYPE_CHECKING:
    from litmus.model import Model
    from litmus.pipeline import FittedPipeline
    from litmus.program import Program

__all__ = ["contributions"]


def contributions(model: Model | Any, rows: Any) -> Attributions:
    """The contributions of boosted trees, summed over features of a column and averaged over fitted pipelines.

    Args:
        model: a model whose algorithms are all XGBoost, LightGBM or CatBoost.
        rows: as for `predict`.

    Raises:
        ParameterError: when a part of the model has none, with what to do instead.
    """
    members = getattr(model, "members", None)
    if members is None:
        raise ParameterError("A compiled model keeps no library's contributions; give the model, or method='shap'.")
    copy = model.compiled()
    program = copy.scoring.program
    if program is None or copy.scoring.has_native or len(program.pipelines) != len(model.pipelines):
        raise ParameterError(
            "A part of the model could not be compiled, which its features are traced by; use method='shap'."
        )
    frame, _ = conform(rows, model.schema)
    columns = tuple(model.schema.inputs)
    total: Any = None
    number = 0
    for member in members:
        for pipeline in member.pipelines:
            weight = member.weight / len(member.pipelines)
            owners = _owners(program, number, len(pipeline.feature_names), columns)
            part = weight * _of_columns(_margins(pipeline, frame), owners, len(columns))
            total = part if total is None else total + part
            number += 1
    values, base = total[:, :-1], total[:, -1]
    labels = (model.target.names[0],) if model.task == "regression" else tuple(model.classes)
    labels = labels[1:] if model.task == "binary" else labels
    space: Space = "value" if model.task == "regression" else "margin"
    base_of = base.mean(axis=0) if len(base) else np.zeros(len(labels))
    return Attributions(columns, labels, values, base_of, base + values.sum(axis=1), space, "contributions")


def _owners(program: Program, number: int, n_features: int, columns: tuple[str, ...]) -> np.ndarray:
    """How much of each feature's contribution each column gets (features, columns): all, or an equal part of it."""
    dense, sparse = program.owners()
    shares = np.zeros((n_features, len(columns)))
    for feature, place in enumerate(program.columns[number]):
        if place >= 0:
            _share(shares[feature], dense[place], columns)
    for block, start in program.sparse[number]:
        for feature in range(start, start + program.sparse_widths[block]):
            _share(shares[feature], sparse[block], columns)
    return shares


def _share(shares: np.ndarray, made_of: frozenset[str], columns: tuple[str, ...]) -> None:
    for name in made_of:
        shares[columns.index(name)] = 1 / len(made_of)


def _of_columns(margins: np.ndarray, owners: np.ndarray, n_columns: int) -> np.ndarray:
    """(rows, features + 1, outputs) → (rows, columns + 1, outputs); a feature of no column counts to the base."""
    found = np.zeros((len(margins), n_columns + 1, margins.shape[2]))
    found[:, :-1] = np.einsum("rfo,fc->rco", margins[:, :-1], owners)
    unowned = owners.sum(axis=1) == 0
    found[:, -1] = margins[:, -1] + margins[:, :-1][:, unowned].sum(axis=1)
    return found


def _margins(pipeline: FittedPipeline, frame: Any) -> np.ndarray:
    """What each feature adds to the margins, and the base last: float64 (rows, features + 1, outputs)."""
    algorithm: Any = pipeline.algorithm
    library = next((name for name in ("xgboost", "lightgbm", "catboost") if name in type(algorithm).__module__), None)
    if library is None or not type(algorithm).__module__.startswith("litmus."):
        raise ParameterError(
            f"{type(algorithm).__name__} has no contributions of its own; only XGBoost, LightGBM and CatBoost do. Use method='shap'."
        )
    features = pipeline.features(frame).values
    if not algorithm.trained_:
        raise ParameterError(
            f"{type(algorithm).__name__} learned nothing here, its answers are the same for all rows; use method='shap'."
        )
    prepared = algorithm._prepare(features)  # noqa: SLF001 - the form that its model was trained on
    width = features.shape[1]
    if library == "xgboost":
        found = _of_xgboost(algorithm, prepared)
    elif library == "lightgbm":
        found = algorithm.model_.predict(prepared, pred_contrib=True, num_threads=1)
        found = found.toarray() if hasattr(found, "toarray") else found
    else:
        found = _of_catboost(algorithm, prepared)
    found = np.asarray(found, dtype=np.float64)
    if found.ndim == 2:
        outputs = found.shape[1] // (width + 1)
        found = found.reshape(len(found), outputs, width + 1)
    return _in_users_units(found.transpose(0, 2, 1), algorithm, pipeline)


def _in_users_units(found: np.ndarray, algorithm: Any, pipeline: FittedPipeline) -> np.ndarray:
    """Margins of the classes that training rows had → of all classes; standardised values → values."""
    target = algorithm.target_
    if pipeline.task == "regression":
        scaled = found * target.scale
        scaled[:, -1] += target.center
        return np.asarray(scaled)
    if pipeline.n_outputs in (2, target.size):
        return found
    everything = np.zeros((*found.shape[:2], pipeline.n_outputs))
    everything[:, :, target.codes[-found.shape[2] :]] = found
    return everything


def _of_xgboost(algorithm: Any, features: Any) -> np.ndarray:
    import xgboost

    if algorithm.sparse_ and isinstance(features, np.ndarray):
        from scipy.sparse import csr_matrix

        features = csr_matrix(features)
    kinds = algorithm.model_.feature_types
    matrix = xgboost.DMatrix(features, feature_types=kinds, enable_categorical=kinds is not None)
    return np.asarray(algorithm.model_.predict(matrix, pred_contribs=True, validate_features=False))


def _of_catboost(algorithm: Any, features: np.ndarray) -> np.ndarray:
    import catboost

    pool = catboost.Pool(algorithm._features(features))  # noqa: SLF001 - the form that its model was trained on
    found = np.asarray(algorithm.model_.get_feature_importance(pool, type="ShapValues", thread_count=1))
    categorical = list(algorithm.categorical_)
    width = features.shape[1]
    order = [place for place in range(width) if place not in set(categorical)] + categorical
    placed = np.empty_like(found)
    placed[..., order] = found[..., :-1]
    placed[..., -1] = found[..., -1]
    return placed
