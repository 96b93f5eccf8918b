"""Weighted words against scikit-learn."""

import unicodedata
from collections import Counter

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LinearRegression

import litsdf
from litmus.steps import TextTfidf
from litmus.steps.arrow import arrow_text
from litmus.steps.ngrams import CharacterNgrams, WordNgrams

TEXTS = [
    "The card has not arrived, the card is LOST!",
    "Where is my card? Where?",
    "Top-up failed; top_up failed again...",
    "ISTANBUL ÉCOLE naïve straße",
    "  spaces\tand\nlines\u00a0everywhere  ",
    "123 456 123",
    "",
    "你好 世界",
    "हिन्दी भाषा",
    "🙂 🙂",
]


@pytest.fixture
def table():
    return pd.DataFrame({"text": [*TEXTS, None]}, index=range(5, 5 + len(TEXTS) + 1))


def words(text):
    """Letters, digits, marks and "_", where Python's own pattern for words cuts Hindi at its vowel signs."""
    return "".join(c if c == "_" or unicodedata.category(c)[0] in "LNM" else " " for c in text).split()


def vectorizer(**options):
    return TfidfVectorizer(sublinear_tf=True, tokenizer=words, token_pattern=None, **options)


@pytest.mark.parametrize("pairs", [False, True])
def test_values_are_those_of_scikit_learn(table, pairs):
    ours = TextTfidf(pairs=pairs)
    block = ours.fit_encode(table)
    theirs = vectorizer(ngram_range=(1, 2) if pairs else (1, 1))
    expected = pd.DataFrame(
        theirs.fit_transform(table["text"].fillna("")).toarray(), columns=theirs.get_feature_names_out()
    )
    names = [name.removeprefix("text: ") for name in block.names]
    assert sorted(names) == sorted(expected.columns)
    np.testing.assert_allclose(block.values.toarray(), expected[names], atol=1e-6)
    new = ["my CARD failed", "nothing known"]
    expected = pd.DataFrame(theirs.transform(new).toarray(), columns=theirs.get_feature_names_out())
    np.testing.assert_allclose(ours.encode(pd.DataFrame({"text": new})).values.toarray(), expected[names], atol=1e-6)


def test_training_rows_are_encoded_as_new_rows_are(table):
    for step in (TextTfidf(characters=True), TextTfidf(components=3)):
        trained, again = step.fit_encode(table), step.encode(table)
        difference = trained.values - again.values
        assert abs(difference).max() < 1e-5
        assert trained.names == again.names


def test_words_and_sequences_have_length_one_each(table):
    n_words = len(TextTfidf().fit_encode(table).names)
    values = TextTfidf(characters=True).fit_encode(table).values.toarray()
    for part in (values[:6, :n_words], values[:6, n_words:]):
        np.testing.assert_allclose(np.linalg.norm(part, axis=1), 1, rtol=1e-5)


def test_sequences_are_those_of_each_word_with_its_spaces():
    texts = arrow_text(litsdf.Series(["ab  abc", "xyzzy"], dtype="str"))
    learned = CharacterNgrams.learn(texts, min_rows=1, max_terms=100)
    counts = pd.DataFrame(learned.count(texts).toarray().astype(int), columns=learned.names())
    for row, words in enumerate((["ab", "abc"], ["xyzzy"])):
        expected = Counter(
            f"' {word} '"[1:-1][start : start + length].join("''")
            for word in words
            for length in (3, 4, 5)
            for start in range(len(word) + 2 - length + 1)
        )
        assert {name: count for name, count in counts.loc[row].items() if count} == expected


def test_rare_symbols_count_as_one():
    many = "".join(chr(0x4E00 + n) for n in range(5000))
    texts = arrow_text(litsdf.Series([many, "abc abc"], dtype="str"))
    learned = CharacterNgrams.learn(texts, min_rows=1, max_terms=100_000)
    assert len(learned.symbols) == 4095
    assert any("\ufffd" in name for name in learned.names())
    assert learned.count(texts).sum() == pytest.approx(3 * 5000 + 2 * (3 + 2 + 1), abs=4)


def test_limits():
    texts = pd.DataFrame({"t": ["a b c", "a b", "a"]})
    assert TextTfidf(pairs=False, min_rows=2).fit_encode(texts).names == ("t: a", "t: b")
    assert TextTfidf(min_rows=2).fit_encode(texts).names == ("t: a", "t: b", "t: a b")
    assert TextTfidf(pairs=False, max_terms=1).fit_encode(texts).names == ("t: a",)


def test_columns_together_or_apart():
    table = pd.DataFrame({"title": ["refund", None], "body": ["please refund", "thanks"]})
    apart = TextTfidf(pairs=False).fit_encode(table)
    assert apart.names == ("title: refund", "body: please", "body: refund", "body: thanks")
    together = TextTfidf(pairs=False, together=True).fit_encode(table)
    assert together.names == ("title + body: please", "title + body: refund", "title + body: thanks")
    np.testing.assert_array_equal(together.values.toarray() > 0, [[True, True, False], [False, False, True]])


def test_topics_are_dense_and_close_to_the_texts():
    random = np.random.default_rng(0)
    topics = [[f"animal{n}" for n in range(20)], [f"machine{n}" for n in range(20)]]
    kind = random.integers(0, 2, 200)
    table = pd.DataFrame({"t": [" ".join(random.choice(topics[code], 8)) for code in kind]})
    block = TextTfidf(pairs=False, components=2).fit_encode(table)
    assert block.values.shape == (200, 2)
    assert isinstance(block.values, np.ndarray)
    assert block.names[0].startswith("t: topic 1 (")
    assert LinearRegression().fit(block.values, kind).score(block.values, kind) > 0.9


def test_texts_that_are_all_the_same_have_topics_too():
    table = pd.DataFrame({"t": ["same words here"] * 20})
    block = TextTfidf(components=2).fit_encode(table)
    assert np.isfinite(block.values).all()
    np.testing.assert_allclose(np.abs(block.values[:, 0]), 1, rtol=1e-4)


def test_a_column_without_words_makes_no_feature():
    table = pd.DataFrame({"t": [None, "...", " "]}, dtype="str")
    step = TextTfidf()
    assert step.fit_encode(table).values.shape == (3, 0)
    assert step.report() == ["Dropped t: its texts hold no words."]
    assert step.encode(pd.DataFrame({"t": ["words now"]})).values.shape == (1, 0)
    assert TextTfidf(components=5).fit_encode(table).values.shape == (3, 0)


def test_texts_in_pieces_give_the_same_as_at_once(monkeypatch):
    table = pd.DataFrame({"t": [f"word{n % 7} other{n % 3} word{n % 5}" for n in range(100)]})
    whole = TextTfidf(characters=True).fit_encode(table)
    monkeypatch.setattr("litmus.steps.characters._CHUNK_BYTES", 100)
    pieces = TextTfidf(characters=True).fit_encode(table)
    assert pieces.names == whole.names
    assert abs(pieces.values - whole.values).max() == 0


def test_a_vocabulary_can_be_learned_from_a_sample(monkeypatch):
    monkeypatch.setattr("litmus.steps.text._WORD_BYTES", 300)
    table = pd.DataFrame({"t": [f"word{n % 7} unique{n}" for n in range(500)]})
    block = TextTfidf(pairs=False, min_rows=2).fit_encode(table)
    assert 1 <= len(block.names) <= 7
    assert block.values.shape[0] == 500


def test_arrow_chunks_make_no_difference():
    parts = [pd.DataFrame({"t": ["a b", "c"]}), pd.DataFrame({"t": [None, "b b"]}, dtype="str")]
    table = pd.concat(parts, ignore_index=True)
    expected = TextTfidf().fit_encode(pd.DataFrame({"t": ["a b", "c", None, "b b"]}))
    assert abs(TextTfidf().fit_encode(table).values - expected.values).max() == 0


def test_vocabularies_do_not_depend_on_the_order_of_the_rows(table):
    one, two = TextTfidf(characters=True, max_terms=30), TextTfidf(characters=True, max_terms=30)
    one.fit(table)
    two.fit(table[::-1])
    assert one._names == two._names


def test_words_are_counted():
    texts = arrow_text(litsdf.Series(["b a b", "c"], dtype="str"))
    learned = WordNgrams.learn(texts, pairs=True, min_rows=1, max_terms=10)
    assert learned.names() == ["a", "b", "c", "a b", "b a"]
    assert learned.count(texts).toarray().tolist() == [[1, 2, 0, 1, 1], [0, 0, 1, 0, 0]]
    assert sparse.issparse(learned.count(texts))
