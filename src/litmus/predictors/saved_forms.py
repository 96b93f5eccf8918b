"""Reading forms back: which class a folder holds, and the forms inside forms."""

from __future__ import annotations

from pathlib import Path

from litmus.predictors.constant import Constant
from litmus.predictors.form import Form
from litmus.predictors.labels import Labels
from litmus.predictors.linear import Linear
from litmus.predictors.neighbours import Neighbours
from litmus.predictors.network import Network
from litmus.predictors.stored import damaged, read_state
from litmus.predictors.trees import Trees

__all__ = ["load_form"]

_KINDS: dict[str, type[Form]] = {cls.__name__: cls for cls in (Constant, Linear, Neighbours, Network, Trees)}


def load_form(folder: Path) -> Form:
    """The form that `Form.save` wrote into `folder`.

    Raises:
        BundleError: when it is absent, damaged, or of a kind that this version does not know.
    """
    values, arrays = read_state(folder)
    kind = values.get("kind")
    if kind == "Labels":
        return _load_labels(folder, values.get("labels"))
    if kind not in _KINDS:
        raise damaged(f"{kind!r} is no kind of form; kinds are {', '.join(sorted([*_KINDS, 'Labels']))}")
    return _KINDS[kind].from_state(values, arrays)


def _load_labels(folder: Path, count: object) -> Labels:
    if not isinstance(count, int) or isinstance(count, bool) or count < 0:
        raise damaged("the number of labels is no number")
    forms = []
    for number in range(count):
        form = load_form(folder / f"label-{number:04d}")
        if form.outputs != 2:
            raise damaged("a label's form has not two classes")
        forms.append(form)
    return Labels(tuple(forms))
