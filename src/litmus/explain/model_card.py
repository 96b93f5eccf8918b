"""A model card: what a version is, how good it is and for whom, what it costs, who stands for it, and what is not known.

After Mitchell and others, 2019, "Model Cards for Model Reporting" (https://arxiv.org/abs/1810.03993).
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from litmus.bundle_reader import read_manifest
from litmus.errors import LitmusError, ParameterError
from litmus.explain.card_sections import OWNER_FIELDS, card_sections
from litmus.explain.card_text import html_of, markdown_of
from litmus.explain.evidence import evidence_of

if TYPE_CHECKING:
    from litmus.report.blocks import Section
    from litmus.store import ModelRecord, Store

__all__ = ["EVIDENCE", "OWNER", "ModelCard", "card"]

OWNER, EVIDENCE = "owner.json", "explanation.json"
"""The roles of what the owner wrote, and of what was measured, among a version's files."""


@dataclasses.dataclass(frozen=True)
class ModelCard:
    """The card of a version.

    Attributes:
        version: which.
        sections: what it says.
        missing: what its owner has not written yet, by the names of `set_owner`.
    """

    version: str
    sections: tuple[Section, ...]
    missing: tuple[str, ...]

    @property
    def html(self) -> str:
        """One page that needs no network."""
        return html_of(f"Model card of {self.version}", self.sections)

    @property
    def markdown(self) -> str:
        """The same as Markdown."""
        return markdown_of(f"Model card of {self.version}", self.sections)

    def write(self, path: str | Path) -> Path:
        """Write the card, as Markdown where the file's name ends with .md, else as HTML; returns the path."""
        target = Path(path)
        target.write_text(self.markdown if target.suffix == ".md" else self.html, encoding="utf-8")
        return target

    def _repr_html_(self) -> str:
        return self.html


def card(
    version: str,
    *,
    rows: Any = None,
    slices: Sequence[str] = (),
    sensitive: Sequence[str] = (),
    positive: Any = None,
    owner: Mapping[str, str] | None = None,
    store: Store | None = None,
    keep: bool = True,
) -> ModelCard:
    """Make the card of a version from what the store knows of it, and from rows when there are any.

    What the owner wrote for an earlier version of the same name is kept until it is written anew; what was measured on rows
    is kept with the version.

    Args:
        version: a version, a name, or an alias such as "adult@champion".
        rows: labelled rows that the model did not learn from, to measure it on.
        slices: columns whose values get scores of their own.
        sensitive: columns by which bias is measured.
        positive: the label that counts as good, for bias.
        owner: what only its owner knows, by the names of `OWNER_FIELDS`; the others stay.
        store: where the version is; by default the user's store.
        keep: whether the card is kept with the version, as "card.html" and "card.md".

    Raises:
        UnknownNameError: when there is no such version.
        ParameterError: when `owner` has a name that is not known.
        DataError: when the rows have no labels.
    """
    from litmus.store import Store

    kept = Store() if store is None else store
    record = kept.find(version)
    written = _owner(kept, record, owner)
    if rows is not None:
        model = kept.open_model(record.version)
        found = evidence_of(model, rows, slices=slices, sensitive=sensitive, positive=positive)
        kept.attach(record.version, EVIDENCE, json.dumps(found).encode())
    sections = card_sections(
        record,
        read_manifest(record.path),
        store=kept,
        owner=written,
        evidence=_read(kept, record.version, EVIDENCE) or {},
    )
    made = ModelCard(record.version, tuple(sections), tuple(name for name in OWNER_FIELDS if not written.get(name)))
    if keep:
        kept.attach(record.version, "card.html", made.html.encode())
        kept.attach(record.version, "card.md", made.markdown.encode())
    return made


def _owner(store: Store, record: ModelRecord, given: Mapping[str, str] | None) -> dict[str, str]:
    """What the owner wrote, now or for the latest version before."""
    unknown = set(given or ()) - OWNER_FIELDS.keys()
    if unknown:
        raise ParameterError(f"A card has no field {sorted(unknown)[0]!r}; it has {', '.join(OWNER_FIELDS)}.")
    written = _read(store, record.version, OWNER)
    if written is None:
        before = [each for each in store.models() if each.name == record.name and each.created < record.created]
        for earlier in sorted(before, key=lambda each: each.created, reverse=True):
            written = _read(store, earlier.version, OWNER)
            if written is not None:
                break
    found = {**(written or {}), **(given or {})}
    if found and found != _read(store, record.version, OWNER):
        store.attach(record.version, OWNER, json.dumps(found, ensure_ascii=False).encode())
    return {str(name): str(text) for name, text in found.items()}


def _read(store: Store, version: str, role: str) -> dict[str, Any] | None:
    try:
        path = store.attached(version, role)
        if path is None:
            return None
        held = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise LitmusError(
            f"What version {version} has as {role!r} cannot be read ({error}); write it again."
        ) from error
    return held if isinstance(held, dict) else None
