"""scikit-learn objects in files that cannot run code: skops with a short list of types that hold nothing but data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from litmus.errors import BundleError

__all__ = ["TRUSTED_TYPES", "load_estimator", "save_estimator"]

TRUSTED_TYPES: tuple[str, ...] = (
    "numpy.dtype",
    "sklearn._loss.loss.HalfTweedieLoss",
    "sklearn._loss.loss.HalfTweedieLossIdentity",
    "sklearn.calibration._CalibratedClassifier",
    "sklearn.calibration._SigmoidCalibration",
    "sklearn.calibration._TemperatureScaling",
    "sklearn.feature_selection._univariate_selection.chi2",
    "sklearn.feature_selection._univariate_selection.f_classif",
    "sklearn.feature_selection._univariate_selection.f_regression",
    "sklearn.gaussian_process._gpc._BinaryGaussianProcessClassifierLaplace",
    "sklearn.gaussian_process.kernels.CompoundKernel",
    "sklearn.gaussian_process.kernels.ConstantKernel",
    "sklearn.gaussian_process.kernels.DotProduct",
    "sklearn.gaussian_process.kernels.ExpSineSquared",
    "sklearn.gaussian_process.kernels.Matern",
    "sklearn.gaussian_process.kernels.Product",
    "sklearn.gaussian_process.kernels.RationalQuadratic",
    "sklearn.gaussian_process.kernels.RBF",
    "sklearn.gaussian_process.kernels.Sum",
    "sklearn.gaussian_process.kernels.WhiteKernel",
    "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
    "sklearn.neural_network._stochastic_optimizers.SGDOptimizer",
)
"""Types that skops does not trust by itself and that are plain numbers and Python code of scikit-learn.

Trees (`sklearn.tree._tree.Tree`, `TreePredictor`) and neighbour trees (`KDTree`, `BallTree`) are left out on purpose:
they follow indices from the file without checking them, so a crafted file could crash the process.
"""


def save_estimator(estimator: Any, path: Path) -> bool:
    """Write a fitted scikit-learn object with skops; False, and no file, when it holds a type that is not trusted.

    Example:
        >>> import tempfile
        >>> from sklearn.preprocessing import StandardScaler
        >>> path = Path(tempfile.mkdtemp()) / "scaler.skops"
        >>> save_estimator(StandardScaler().fit([[0.0], [2.0]]), path)
        True
        >>> load_estimator(path).mean_
        array([1.])
    """
    import skops.io

    try:
        data = skops.io.dumps(estimator)
        unknown = set(skops.io.get_untrusted_types(data=data)) - set(TRUSTED_TYPES)
    except Exception:  # skops raises many kinds for what it cannot write; each means the same: no safe form
        return False
    if unknown:
        return False
    path.write_bytes(data)
    return True


def load_estimator(path: Path) -> Any:
    """Read what `save_estimator` wrote.

    Raises:
        BundleError: when the file is damaged, or holds a type that is not on the list.
    """
    import skops.io
    from skops.io.exceptions import UntrustedTypesFoundException

    try:
        return skops.io.load(path, trusted=list(TRUSTED_TYPES))
    except UntrustedTypesFoundException as error:
        raise BundleError(
            f"{path.name} holds objects of a type that is not known to be safe, so it was not opened: {error}"
        ) from error
    except Exception as error:  # zipfile, json, numpy and scikit-learn errors alike: the file is not as it was written
        raise BundleError(
            f"{path.name} cannot be read as a scikit-learn object ({type(error).__name__}: {error}). "
            "The file is damaged, or was written with another version of scikit-learn."
        ) from error
