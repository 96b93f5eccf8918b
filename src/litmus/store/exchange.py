"""Versions from one store to another: a file with the bundle, what belongs to it, and what was decided about it."""

from __future__ import annotations

import contextlib
import json
import secrets
import shutil
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from litmus.errors import ArtifactError, BundleError
from litmus.store.aliases import Aliases
from litmus.store.attachments import Attachments
from litmus.store.models import MODEL_FILE, folder_name
from litmus.store.opening import Opening
from litmus.store.place import whoever
from litmus.store.repairing import record_of_bundle

__all__ = ["Exchange"]

_FACTS = "litmus-export.json"
_FORMAT = 1
_MOST_FILES = 10_000
_BLOCK = 1 << 20


class Exchange(Aliases, Attachments, Opening):
    """The part of a store that gives versions to other stores, and takes theirs."""

    def export_model(self, reference: str, path: str | Path) -> Path:
        """Write a version into one file, with what belongs to it: attachments, approval, decisions.

        Args:
            reference: a version, an alias or a name.
            path: the file; what is there already is replaced, when it is an export.

        Raises:
            UnknownNameError: when there is no such version.
            ArtifactError: when a file of it is not as it was kept.
            BundleError: when the file cannot be written.
        """
        bundle = self.path(reference)
        record = self.find(reference)
        target = Path(path).expanduser()
        if target.exists() and not _is_export(target):
            raise BundleError(
                f"{target} exists and is no export, so it was left alone; give another name or remove it."
            )
        roles = sorted(self.attachments(record.version))
        facts: dict[str, Any] = {
            "format": _FORMAT,
            "version": record.version,
            "sha256": record.sha256,
            "record": record.to_json(),
            "approval": self.facts_of(record.version).approval,
            "attachments": {role: f"attachments/{number}" for number, role in enumerate(roles)},
            "decisions": [decision.to_json() for decision in self.decisions(record.version)],
        }
        part = target.with_name(f".{target.name}.{secrets.token_hex(6)}.part")
        try:
            with zipfile.ZipFile(part, "x", zipfile.ZIP_STORED) as file:
                file.writestr(_FACTS, json.dumps(facts, indent=1))
                file.write(bundle, MODEL_FILE)
                for role, name in facts["attachments"].items():
                    kept = self.attached(record.version, role)
                    if kept is not None:
                        file.write(kept, name)
            part.replace(target)
        except OSError as error:
            raise BundleError(f"{target} cannot be written: {error.strerror or error}.") from error
        finally:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)
        return target

    def import_model(self, path: str | Path, *, who: str | None = None) -> str:
        """Take a version of another store, or a bundle, in as the next version of its name.

        Its approval is not taken along: who decides here decides anew, and finds what was decided there among its facts.

        Args:
            path: what `export_model` or `Model.save` wrote.
            who: who brings it; by default `$LITMUS_USER`, else the login name.

        Returns:
            Its version here.

        Raises:
            BundleError: when the file is damaged, or signed for another version.
            StoreError: when the database cannot be written.
        """
        source = Path(path).expanduser()
        with tempfile.TemporaryDirectory(prefix="litmus-import-") as unpacked:
            folder = Path(unpacked)
            facts = _unpack(source, folder) if _is_export(source) else {}
            bundle = folder / MODEL_FILE if facts else source
            version = self._take_in(bundle)
            for role, name in (facts.get("attachments") or {}).items():
                if (folder / name).is_file():
                    self.attach(version, role, folder / name)
        came = {"from": facts.get("version"), "approval": facts.get("approval"), "decisions": facts.get("decisions")}
        self.decide("import", version, after=version, facts={"file": source.name, **came}, who=whoever(who))
        return version

    def _take_in(self, bundle: Path) -> str:
        from litmus.bundle_numbering import with_version
        from litmus.bundle_reader import read_manifest

        manifest = read_manifest(bundle)
        folder = self._next_folder(folder_name(str(manifest["name"])))
        try:
            target = folder / MODEL_FILE
            if manifest.get("version") == folder.name:
                shutil.copyfile(bundle, target)
            else:
                with_version(bundle, target, folder.name)
            record = record_of_bundle(target, folder.name)
            record.write(folder)
            self._keep_file(record)
        except BaseException as error:
            shutil.rmtree(folder, ignore_errors=True)
            self._give_back(folder.name)
            if isinstance(error, OSError):
                raise BundleError(f"{bundle} cannot be copied to {folder}: {error.strerror or error}.") from error
            raise
        return folder.name


def _is_export(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as file:
            return _FACTS in file.namelist()
    except (OSError, zipfile.BadZipFile):
        return False


def _unpack(source: Path, folder: Path) -> dict[str, Any]:
    """Write an export's files into a folder; returns its facts."""
    try:
        with zipfile.ZipFile(source) as file:
            facts = json.loads(file.read(_FACTS))
            if not isinstance(facts, dict) or facts.get("format") != _FORMAT:
                raise ArtifactError(
                    f"{source} was exported by a newer version of Litmus; upgrade: pip install --upgrade litmus."
                )
            wanted = {MODEL_FILE, *(facts.get("attachments") or {}).values()}
            if len(wanted) > _MOST_FILES or not all(_is_safe(name) for name in wanted):
                raise ArtifactError(f"{source} names files that no export has; it was not opened.")
            (folder / "attachments").mkdir()
            for name in sorted(wanted & set(file.namelist())):
                with file.open(name) as member, (folder / name).open("xb") as written:
                    shutil.copyfileobj(member, written, _BLOCK)
    except (OSError, zipfile.BadZipFile, ValueError, KeyError, TypeError) as error:
        raise ArtifactError(f"{source} is damaged ({error}); export it again.") from error
    if not (folder / MODEL_FILE).is_file():
        raise ArtifactError(f"{source} holds no model; export it again.")
    return facts


def _is_safe(name: object) -> bool:
    return isinstance(name, str) and (name == MODEL_FILE or (name.startswith("attachments/") and name[12:].isdigit()))
