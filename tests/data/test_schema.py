import pytest

from litmus.data import Column, Schema
from litmus.errors import ParameterError


def _schema():
    return Schema(
        [
            Column("id", "identifier"),
            Column("age", "numeric", why="73 distinct numbers in 100 rows: numeric", required=True, example=39),
            Column("when", "datetime", datetime_format="%d/%m/%Y"),
            Column("price", "numeric", number_format="decimal comma", markers=("", "unknown")),
            Column("customer", "group"),
            Column("weight", "weight"),
            Column("income", "target"),
        ]
    )


def test_columns_are_sorted_by_what_they_are_for():
    schema = _schema()
    assert schema.features == ["age", "when", "price"]
    assert schema.inputs == ["id", "age", "when", "price"]
    assert schema.target == ["income"]
    assert schema.names("group", "weight") == ["customer", "weight"]


def test_json_brings_back_every_field():
    schema = _schema()
    assert Schema.from_json(schema.to_json()) == schema
    assert Schema.from_json(schema.to_json())["price"].markers == ("", "unknown")


def test_printing_shows_each_reason():
    assert "age       numeric     73 distinct numbers in 100 rows: numeric" in repr(_schema())
    assert "<td>73 distinct numbers in 100 rows: numeric</td>" in _schema()._repr_html_()


def test_html_is_escaped():
    assert "<b>" not in Schema([Column("<b>", "numeric")])._repr_html_()


def test_an_unknown_kind_suggests_the_nearest():
    with pytest.raises(ParameterError, match=r"'numerical', which is no kind. Did you mean 'numeric'\?"):
        Schema([Column("age", "numerical")])


def test_replacing_keeps_the_order():
    changed = _schema().replace(Column("age", "categorical"))
    assert list(changed) == list(_schema())
    assert changed["age"].kind == "categorical"
    assert _schema()["age"].kind == "numeric"
