"""The card says what the store, the bundle and measurements know, and what only the owner can add."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

import litmus
from litmus.cli.app import run
from litmus.errors import ParameterError, UnknownNameError
from litmus.explain import card
from litmus.footprint import Energy, Footprint, Rates, measuring_energy
from litmus.store import Store
from trained_models import people


@pytest.fixture
def version() -> str:
    found = litmus.train(people(300), target="rich", algorithm="LinearModel", callbacks=[], executor="in_process")
    return next(iter(found.versions.values()))


def fresh() -> pd.DataFrame:
    table = people(900).tail(600).reset_index(drop=True)
    return table.assign(team=["red", "blue", "red"] * 200)


def test_a_card_of_what_is_known(version: str) -> None:
    made = card(version)
    page, text = made.html, made.markdown
    assert f"Model card of {version}" in page
    for title in (
        "What it is for",
        "How good it is",
        "Whom it treats differently",
        "What it takes",
        "Who stands for it",
        "Limits",
    ):
        assert title in page
        assert f"## {title}" in text
    assert "Not written yet" in page
    assert "Bias was not measured" in text
    assert "nobody has approved it" in text
    assert "CPU seconds" in text
    assert set(made.missing) == {"purpose", "not_for", "affected", "data_origin", "risks", "contact"}
    kept = Store().attached(version, "card.html")
    assert kept is not None
    assert kept.read_text() == page


def test_a_card_with_measurements_an_owner_and_an_approval(version: str, tmp_path: Path) -> None:
    Store().approve(version, who="ann", reason="looked at it")
    made = card(
        version,
        rows=fresh(),
        slices=["city", "age"],
        sensitive=["team"],
        positive="yes",
        owner={"contact": "<b>ann|bob</b>"},
    )
    text = made.markdown
    assert "city = Oslo" in text
    assert "disparate impact (DI)" in text
    assert "team = red (400 rows)" in text
    assert "ann" in text
    assert "looked at it" in text
    assert "<b>" not in made.html
    assert "&lt;b&gt;ann|bob" in made.html
    assert "contact" not in made.missing
    assert "By permutation" in text
    later = card(version)  # measurements and the owner's words are kept
    assert "city = Oslo" in later.markdown
    assert "contact" not in later.missing
    assert made.write(tmp_path / "card.md").read_text().startswith("# Model card")


def test_an_owners_words_are_kept_across_versions(version: str) -> None:
    card(version, owner={"purpose": "Sorts letters"})
    second = litmus.train(people(200), target="rich", algorithm="LinearModel", callbacks=[], executor="in_process")
    newer = next(iter(second.versions.values()))
    assert newer != version
    assert "Sorts letters" in card(newer).markdown
    card(newer, owner={"purpose": "Sorts parcels"})
    assert "Sorts parcels" in card(newer).markdown
    assert "Sorts letters" in card(version).markdown


def test_what_is_refused(version: str) -> None:
    with pytest.raises(UnknownNameError):
        card("nothing-7")
    with pytest.raises(ParameterError, match="no field 'color'"):
        card(version, owner={"color": "red"})
    with pytest.raises(ParameterError, match="no column 'size'"):
        card(version, rows=fresh(), slices=["size"])


def test_the_commands(version: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = tmp_path / "fresh.csv"
    fresh().to_csv(data, index=False)
    out = tmp_path / "card.md"
    arguments = ["card", version, "-o", str(out), "--data", str(data), "--slice", "city", "--bias", "team"]
    assert run([*arguments, "--positive", "yes", "--set", "contact=ann@example.org", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["version"] == version
    assert "ann@example.org" in out.read_text()
    assert run(["card", version, "-o", str(tmp_path / "card.txt")]) == 2
    assert run(["card", version, "--bias", "team"]) == 2
    assert run(["explain", version, str(data)]) == 0
    assert "age" in capsys.readouterr().out
    assert run(["explain", version, str(data), "--row", "3", "--json"]) == 0
    assert set(json.loads(capsys.readouterr().out)["rows"][0]["attributions"]) >= {"age", "city"}
    assert run(["explain", version, str(data), "--row", "30000"]) == 2


def test_costs_are_by_the_stated_rates(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    found = Footprint.of_cpu(7200, Rates(cpu_hour_price=0.1, core_watts=15, overhead=1.0, grams_per_kwh=400))
    assert (found.cost, found.watt_hours, found.grams) == (pytest.approx(0.2), 30.0, pytest.approx(12.0))
    assert "15 watts" in found.sentence
    monkeypatch.setenv("LITMUS_CPU_HOUR_PRICE", "1")
    assert Footprint.of_cpu(3600).cost == 1.0
    monkeypatch.setenv("LITMUS_CPU_HOUR_PRICE", "cheap")
    with pytest.raises(ParameterError, match="LITMUS_CPU_HOUR_PRICE='cheap'"):
        Footprint.of_cpu(1)
    monkeypatch.delenv("LITMUS_CPU_HOUR_PRICE")
    zone = tmp_path / "intel-rapl:0"
    zone.mkdir()
    (zone / "energy_uj").write_text("900")
    (zone / "max_energy_range_uj").write_text("999")
    energy = Energy(tmp_path)
    (zone / "energy_uj").write_text("100")  # the counter started over
    assert energy.joules() == pytest.approx(200e-6)
    assert "RAPL" in Footprint.of_cpu(1, joules=3600).how
    assert Footprint.of_cpu(1, Rates(overhead=1.0), joules=3600).watt_hours == 1.0
    assert Energy(tmp_path / "none").joules() is None
    with measuring_energy(Rates()) as spent:
        sum(range(3_000_000))
    assert spent.footprint.cpu_seconds > 0
