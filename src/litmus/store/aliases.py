"""Names for versions that can be moved, such as `champion`; and who approved what."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from litmus.errors import ConflictError, ParameterError, StoreError
from litmus.store.decisions import Decisions
from litmus.store.models import Models
from litmus.store.records import Approval, Decision, VersionFacts, now

if TYPE_CHECKING:
    from litmus.store.record import ModelRecord
    from litmus.store.transaction import Transaction

__all__ = ["ANY", "Aliases"]


class _Any:
    """Whatever it is now."""

    def __repr__(self) -> str:
        return "ANY"


ANY: Final = _Any()
"""The `expected` of a change that is made whatever was before."""
_ALIAS = re.compile(r"[a-z][a-z0-9_-]{0,39}")


class Aliases(Decisions, Models):
    """The part of a store that names versions and approves them; every change is a `Decision`."""

    def set_alias(
        self,
        version: str | None,
        alias: str = "champion",
        *,
        name: str | None = None,
        expected: str | _Any | None = ANY,
        force: bool = False,
        who: str | None = None,
        reason: str = "",
    ) -> Decision:
        """Let an alias of a model's name mean a version from now on.

        Args:
            version: a version, or None to take the alias away.
            alias: small letters, digits, dashes: "champion", "challenger", "staging".
            name: the model's name, needed only to take an alias away.
            expected: the version that the alias must mean now, None for none; when it means another one, somebody was first,
                and nothing is changed. By default whatever it is.
            force: whether a rejected version may have it.
            who: who decides; by default `$LITMUS_USER`, else the login name.
            reason: why.

        Raises:
            ConflictError: when somebody else was first; the message says who, when and to what.
            UnknownNameError: when there is no such version.
            StoreError: when the version is rejected, or the database cannot be written.

        Example:
            >>> import litmus, tempfile
            >>> rows = [{"size": size, "price": 3 * size} for size in range(200)]
            >>> run = litmus.train(rows, target="price", algorithm="LinearModel", callbacks=[], executor="in_process")
            >>> from litmus.store import Store
            >>> store = Store()
            >>> store.set_alias(run.best.version, reason="better on every slice").after == run.best.version
            True
            >>> store.alias("data") == store.find("data@champion").version == run.best.version
            True
        """
        _check_alias(alias)
        record = None if version is None else self.find(version)
        about = record.name if record is not None else name
        if about is None:
            raise ParameterError("To take an alias away, give the name of the model: set_alias(None, name='adult').")
        after = None if record is None else record.version
        row = self._decision(
            "alias",
            f"{about}@{alias}",
            before=None,
            after=after,
            reason=reason,
            facts={"force": True} if force else {},
            who=who,
        )

        def change(rows: Transaction) -> None:
            if record is not None:
                self._refuse_rejected(rows, record, force=force)
            self._move(rows, f"{about}@{alias}", record, expected, row)

        return self._decided(row, change)

    def alias(self, name: str, alias: str = "champion") -> str | None:
        """The version that an alias of a name means, or None."""
        row = self._read(lambda rows: rows.one("aliases", {"name": name, "alias": alias}), None)
        return None if row is None else str(row["version"])

    def aliases(self, name: str | None = None) -> dict[str, str]:
        """Aliases such as "adult@champion" → version, of one name or of all."""
        where = {} if name is None else {"name": name}
        rows: list[dict[str, Any]] = self._read(lambda rows: rows.rows("aliases", where), [])
        return {f"{row['name']}@{row['alias']}": row["version"] for row in rows}

    def approve(self, version: str, *, who: str | None = None, reason: str = "") -> Decision:
        """Say that a version may be used."""
        return self._judge(version, "approved", who=who, reason=reason)

    def reject(self, version: str, *, who: str | None = None, reason: str = "") -> Decision:
        """Say that a version must not be used: no alias can be given to it any more, unless by force."""
        return self._judge(version, "rejected", who=who, reason=reason)

    def roll_back(self, name: str, alias: str = "champion", *, who: str | None = None, reason: str = "") -> Decision:
        """Let an alias mean the version again that it meant before, rejected and removed ones passed over.

        Raises:
            StoreError: when there is no version to go back to.
            ConflictError: when somebody moved the alias in the same moment.
        """
        _check_alias(alias)
        current = self.alias(name, alias)
        earlier = self._before(name, alias, current)
        if current is None or earlier is None:
            raise StoreError(f"There is no version to go back to: {name}@{alias} {_history(current)}.")
        record = self.find(earlier)
        row = self._decision(
            "roll back", f"{name}@{alias}", before=current, after=earlier, reason=reason, facts=None, who=who
        )
        return self._decided(row, lambda rows: self._move(rows, f"{name}@{alias}", record, current, row))

    def undo(self, decision: str, *, who: str | None = None, reason: str = "") -> Decision:
        """Undo a decision about an alias or an approval, as long as what it set is still so.

        Raises:
            UnknownNameError: when there is no such decision.
            ConflictError: when something else was decided since.
            StoreError: when it is no decision of this kind, or was undone already.
        """
        made = self.decision(decision)
        if made.undone_by is not None:
            raise StoreError(f"Decision {decision} was undone already, by decision {made.undone_by}.")
        if made.what not in {"alias", "roll back", "undo", "approve", "reject"} or "without" in made.facts:
            raise StoreError(
                f"Decision {decision} is of kind {made.what!r}, which is only a note; there is nothing to undo."
            )
        row = self._decision(
            "undo",
            made.subject,
            before=made.after,
            after=made.before,
            reason=reason,
            facts={"undoes": made.id},
            who=who,
        )

        def change(rows: Transaction) -> None:
            if "@" in made.subject:
                record = None if made.before is None else self.find(made.before)
                self._move(rows, made.subject, record, made.after, row)
            else:
                self._set_approval(rows, self.find(made.subject), made.before or "none", made.after, row)
            rows.update("decisions", {"id": made.id}, {"undone_by": row["id"]})

        return self._decided(row, change)

    def facts_of(self, reference: str) -> VersionFacts:
        """What people decided about a version, and where it is served.

        Raises:
            UnknownNameError: when there is no such version.
        """
        record = self.find(reference)
        return self.facts_of_all([record])[record.version]

    def facts_of_all(self, records: list[ModelRecord]) -> dict[str, VersionFacts]:
        """The same of many versions at once."""

        def look(rows: Transaction) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
            names = list({record.name for record in records})
            return rows.rows("versions", {"name": names}), rows.rows("aliases", {"name": names})

        nothing: tuple[list[dict[str, Any]], list[dict[str, Any]]] = ([], [])
        versions, aliases = self._read(look, nothing)
        known = {row["version"]: row for row in versions}
        served = self._served()
        facts = {}
        for record in records:
            row = known.get(record.version, {})
            facts[record.version] = VersionFacts(
                version=record.version,
                approval=row.get("approval", "none"),
                aliases=tuple(each["alias"] for each in aliases if each["version"] == record.version),
                artifact=record.sha256 or row.get("artifact"),
                bytes=record.bytes or row.get("bytes"),
                endpoints=tuple(sorted(served.get(record.version, ()))),
                facts=row.get("facts") or {},
                number=row.get("number", 0),
            )
        return facts

    def _judge(self, version: str, approval: Approval, *, who: str | None, reason: str) -> Decision:
        record = self.find(version)
        what = "approve" if approval == "approved" else "reject"
        row = self._decision(what, record.version, before=None, after=approval, reason=reason, facts=None, who=who)
        return self._decided(row, lambda rows: self._set_approval(rows, record, approval, None, row))

    def _set_approval(
        self, rows: Transaction, record: ModelRecord, approval: str, expected: str | None, row: dict[str, Any]
    ) -> None:
        self._ensure_version(rows, record)
        known = rows.one("versions", {"version": record.version}, lock=True) or {}
        if expected is not None and known.get("approval") != expected:
            raise ConflictError(
                f"{record.version} is {known.get('approval')} by now, not {expected}: somebody decided since. Nothing was changed."
            )
        row["before"] = known.get("approval", "none")
        rows.update("versions", {"version": record.version}, {"approval": approval})
        rows.insert("decisions", row)

    def _refuse_rejected(self, rows: Transaction, record: ModelRecord, *, force: bool) -> None:
        known = rows.one("versions", {"version": record.version})
        if known is not None and known["approval"] == "rejected" and not force:
            raise StoreError(
                f"{record.version} was rejected, so no alias was given to it. Approve it first, or do it by force (--force)."
            )

    def _move(
        self,
        rows: Transaction,
        subject: str,
        record: ModelRecord | None,
        expected: str | _Any | None,
        row: dict[str, Any],
    ) -> None:
        """Move an alias, "adult@champion", if it means what is expected."""
        name, _, alias = subject.partition("@")
        held = rows.one("aliases", {"name": name, "alias": alias}, lock=True)
        now_means = None if held is None else held["version"]
        if expected is not ANY and now_means != expected:
            raise ConflictError(_conflict(rows, subject, now_means, expected, held))
        row["before"] = now_means
        keys = {"name": name, "alias": alias}
        if record is None:
            rows.delete("aliases", keys)
        else:
            self._ensure_version(rows, record)
            values = {"version": record.version, "decision": row["id"], "changed": now()}
            if held is None and expected is not ANY and not rows.insert("aliases", {**keys, **values}):
                held = rows.one("aliases", keys)  # of somebody who was first since it was looked for
                raise ConflictError(_conflict(rows, subject, held["version"] if held else None, expected, held))
            rows.put("aliases", keys, values)
        rows.insert("decisions", row)

    def _before(self, name: str, alias: str, current: str | None) -> str | None:
        """The version that an alias meant before, as its decisions tell when each step back is taken back."""
        there = {record.version for record in self.models() if record.name == name}
        facts = self.facts_of_all([record for record in self.models() if record.name == name])
        stack: list[str] = []
        for decision in self.decisions(f"{name}@{alias}"):
            if decision.what == "alias" and decision.after is not None:
                stack.append(decision.after)
            elif decision.after in stack:  # a step back: what was after it is passed over from then on
                while stack[-1] != decision.after:
                    stack.pop()
        while stack and (stack[-1] == current or stack[-1] not in there or facts[stack[-1]].approval == "rejected"):
            stack.pop()
        return stack[-1] if stack else None


def _check_alias(alias: str) -> None:
    if not _ALIAS.fullmatch(alias):
        raise ParameterError(
            f"{alias!r} is no alias; take up to 40 small letters, digits, dashes and underscores, a letter first, such as "
            "'champion'."
        )


def _history(current: str | None) -> str:
    return "was never set" if current is None else f"means {current}, and no version was there before that can be used"


def _conflict(rows: Transaction, subject: str, found: str | None, expected: object, held: dict[str, Any] | None) -> str:
    what = f"means {found}" if found else "means no version"
    said = f"{subject} {what}, not {expected or 'none'} as expected"
    if held is not None:
        decision = rows.one("decisions", {"id": held["decision"]})
        if decision is not None:
            said += f": {decision['who']} was first, at {decision['time'][:19].replace('T', ' ')}"
    return f"{said}. Nothing was changed; look at `litmus models show {subject}`, and decide again."
