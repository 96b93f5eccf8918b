"""Simple counts of texts against Python's own."""

import numpy as np
import pandas as pd

from litmus.steps import TextCounts

TEXTS = ["Call 0800 NOW!!", "", None, "Wo bist DU? ¿Qué?", "naïve_word  ÄÖÜ", "one\ntwo"]


def test_counts_are_those_of_python():
    table = pd.DataFrame({"t": TEXTS})
    result = TextCounts().fit_transform(table)
    plain = [text or "" for text in TEXTS]
    expected = {
        "length": [len(text) for text in plain],
        "words": [3, 0, 0, 4, 2, 2],
        "digits": [sum(letter.isdigit() for letter in text) for text in plain],
        "capital share": [sum(letter.isupper() for letter in text) / max(len(text), 1) for text in plain],
        "punctuation": [2, 0, 0, 3, 1, 0],
        "question marks": [text.count("?") for text in plain],
        "exclamation marks": [text.count("!") for text in plain],
    }
    assert result.columns.tolist() == ["t", *(f"t: {what}" for what in expected)]
    for what, values in expected.items():
        np.testing.assert_allclose(result[f"t: {what}"], values, rtol=1e-6, err_msg=what)


def test_the_text_column_can_go():
    table = pd.DataFrame({"t": ["a"], "u": ["b"]})
    assert "t" not in TextCounts(["t"], keep=False).fit_transform(table)
