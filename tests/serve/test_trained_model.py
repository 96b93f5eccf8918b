"""A trained model, saved, loaded and served: the answers over HTTP are those of the model."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pandas as pd
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from running_server import Running, start, stop

from trained_models import Trained, people, train_model


@pytest.fixture(scope="module")
def trained() -> Trained:
    return train_model(people(), target="rich", algorithm="LightGBM")


@pytest.fixture(scope="module")
def served(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("served")
    running = start(str(trained.model.save(folder / "model.litmus")), folder / "log")
    yield running
    stop(running)


@pytest.fixture
def client(served: Running) -> Iterator[httpx.Client]:
    with served.client() as client:
        yield client


def rows(count: int) -> list[dict]:
    return json.loads(people(count).drop(columns="rich").to_json(orient="records", date_format="iso"))


def test_answers_are_those_of_the_model(trained: Trained, client: httpx.Client) -> None:
    model, asked = trained.model, rows(25)
    many = client.post("/predict", json=asked).json()
    assert many["predictions"] == model.predict(asked)
    assert many["probabilities"] == [pytest.approx(row) for row in model.predict_proba(asked)]
    for row in asked[:5]:
        one = client.post("/predict", json=row).json()
        assert one["prediction"] == model.predict(row)
        assert one["probabilities"] == pytest.approx(model.predict_proba(row))
        assert one["model"] == "small"


def test_csv_answers_are_those_of_the_model(trained: Trained, client: httpx.Client) -> None:
    frame = people(25).drop(columns="rich")
    answer = client.post("/predict", content=frame.to_csv(index=False), headers={"Content-Type": "text/csv"})
    table = pd.read_csv(io.StringIO(answer.text))
    assert table["prediction"].tolist() == trained.model.predict(frame).tolist()
    expected = trained.model.predict_proba(frame).reset_index(drop=True)
    pd.testing.assert_frame_equal(
        table[["probability_no", "probability_yes"]].set_axis(["no", "yes"], axis=1), expected
    )
    assert next(csv.reader(io.StringIO(answer.text))) == ["prediction", "probability_no", "probability_yes"]


def test_its_description_is_valid_and_its_example_works(trained: Trained, client: httpx.Client) -> None:
    document = client.get("/openapi.json").json()
    OpenAPIV31SpecValidator(document).validate()
    content = document["paths"]["/predict"]["post"]["requestBody"]["content"]["application/json"]
    for example in content["examples"].values():
        assert client.post("/predict", json=example["value"]).status_code == 200
    assert document["components"]["schemas"]["Row"]["required"] == [
        name for name in trained.model.schema.inputs if trained.model.schema[name].required
    ]


ODD_VALUES = [
    *(
        "",
        " ",
        "?",
        "NA",
        "1",
        "-1e308",
        "1e999",
        "nan",
        "Infinity",
        "0x10",
        "true",
        "\u0000",
        "猫" * 1000,
        "x" * 15_000,
    ),
    *(0, -1, 2**31, 2**63, 2**64, 10**40, -(2**63) - 1, 1.5, -0.0, 1e308, 5e-324),
    *(True, False, None, [], [1], [[1]], ["a", "b"], {}, {"a": 1}, {"a": {"b": [1]}}),
    *("2021-13-45", "0001-01-01", "9999-12-31T23:59:59Z", "2262-04-12", "20210101", "12:30"),
]


@pytest.mark.parametrize("column", ["age", "city", "height", "member", "since", "unknown column"])
def test_odd_values_are_answered_or_turned_down_alone_and_in_a_list_alike(
    client: httpx.Client, served: Running, column: str
) -> None:
    usual = rows(1)[0]
    for value in ODD_VALUES:
        row = {**usual, column: value}
        one, many = (client.post("/predict", content=json.dumps(body).encode()) for body in (row, [row]))
        assert one.status_code == many.status_code, (value, one.text, many.text)
        if one.status_code == 200:
            assert one.json()["prediction"] == many.json()["predictions"][0]
        else:
            for answer in (one, many):
                assert answer.status_code == 422, (value, answer.text)
                assert list(answer.json()) == ["error"]
                assert column in answer.json()["error"], (value, answer.text)
                assert len(answer.json()["error"]) < 1000
    assert "Traceback" not in served.log.read_text()


@pytest.mark.parametrize("body", [{}, [{}], {"": 1}, [{"city": "x"}, {"member": True}]])
def test_rows_without_a_required_column_name_it(client: httpx.Client, body: object) -> None:
    answer = client.post("/predict", json=body)
    assert answer.status_code == 422
    assert "age" in answer.json()["error"]


@pytest.mark.parametrize("content", ["age\n1\n", "a,b\n1,2\n", "age;city\n1;x\n"])
def test_csv_without_the_columns_is_turned_down(client: httpx.Client, content: str) -> None:
    answer = client.post("/predict", content=content, headers={"Content-Type": "text/csv"})
    assert answer.status_code == 422
    assert "age" in answer.json()["error"] or "member" in answer.json()["error"]


def test_csv_that_names_a_column_twice_is_turned_down(client: httpx.Client) -> None:
    answer = client.post("/predict", content="age,age\n1,2\n", headers={"Content-Type": "text/csv"})
    assert answer.status_code == 400
    assert "'age' is named twice" in answer.json()["error"]


def test_a_model_of_several_labels_answers_all_of_them(launch: Callable[..., Running], tmp_path: Path) -> None:
    frame = people().drop(columns="rich")
    frame["old"], frame["tall"] = (frame["age"] > 50).astype(int), (frame["height"].fillna(0) > 172).astype(int)
    model = train_model(frame, target=["old", "tall"]).model
    with launch(str(model.save(tmp_path / "labels.litmus"))).client() as client:
        one = client.post("/predict", json=rows(1)[0]).json()
        many = client.post("/predict", json=rows(3)).json()
        csv_text = client.post(
            "/predict", content=frame.head(2).to_csv(index=False), headers={"Content-Type": "text/csv"}
        ).text
    assert one["prediction"] == model.predict(rows(1)[0])
    assert set(one["prediction"]) == set(one["probabilities"]) == {"old", "tall"}
    assert many["predictions"] == model.predict(rows(3))
    assert [json.loads(line["prediction"]) for line in csv.DictReader(io.StringIO(csv_text))] == model.predict(rows(2))


def test_the_server_has_loaded_no_training_library_it_does_not_need(served: Running) -> None:
    maps = Path(f"/proc/{served.process.pid}/maps")
    if not maps.exists():
        pytest.skip("this system does not show what a process has loaded")
    text = maps.read_text()
    assert "lightgbm" in text
    assert "xgboost" not in text
    assert "catboost" not in text
