"""Texts as weighted words."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy import sparse

from litmus.component import Int, param
from litmus.program import Node, Sketch
from litmus.steps.arrow import arrow_text, compute, without_missing
from litmus.steps.base import Block, Encoder
from litmus.steps.characters import sample_texts, text_chunks
from litmus.steps.columns import choose_columns, take_column
from litmus.steps.ngrams import CharacterNgrams, WordNgrams
from litsdf import DataFrame
from litsdf.interchange import as_frame

__all__ = ["TextTfidf"]

_WORD_BYTES, _CHARACTER_BYTES = 40_000_000, 2_500_000
"""Vocabularies are learned from at most so much text, drawn at random, so that memory is bounded."""

Ngrams = WordNgrams | CharacterNgrams


@dataclass
class TextTfidf(Encoder):
    """Weigh the words of a text by how often it has them and how few texts do (TF-IDF).

    Counts become 1 + ln(count), times 1 + ln((1 + texts) / (1 + texts with the word)), and each text is scaled to
    length 1: scikit-learn's `TfidfVectorizer(sublinear_tf=True)`. A missing text is empty.

    Args:
        columns: text columns; all of text type when left out.
        pairs: count pairs of neighbouring words too: "not good".
        together: read a row's texts as one text, so that a word means the same in each; else each column apart.
        characters: count sequences of 3 to 5 characters inside words too: robust to spelling and endings.
        min_rows: how many training texts must contain a term; None: 1, or 2 from 1,000 texts on.
        max_terms: at most so many terms a column, words and character sequences each.
        components: 0 for a sparse feature a term; else so many dense features a column, made by a truncated
            singular value decomposition, for algorithms that take no sparse input.
        seed: seed of the decomposition.

    Example:
        >>> import pandas as pd
        >>> block = TextTfidf(pairs=False).fit_encode(pd.DataFrame({"title": ["Refund please", "Great, thanks"]}))
        >>> block.names
        ('title: great', 'title: please', 'title: refund', 'title: thanks')
    """

    pairs: bool = param(True)
    together: bool = param(False)
    characters: bool = param(False)
    min_rows: int | None = param(None, Int(1, 10), minimum=1)
    max_terms: int = param(50_000, Int(1000, 200_000, log=True), minimum=1)
    components: int = param(0, minimum=0)
    seed: int = 0

    def fit(self, df: DataFrame, y: np.ndarray | None = None) -> None:  # noqa: ARG002 - the contract has a target
        """Learn each column's terms and their weights.

        Raises:
            DataError: when a column is absent or holds no text.
        """
        df = as_frame(df)
        self._learn(df)

    def fit_encode(self, df: DataFrame, y: np.ndarray | None = None) -> Block:  # noqa: ARG002 - see fit
        """Learn from the rows, and encode them."""
        df = as_frame(df)
        return self._block(self._learn(df), len(df))

    def _learn(self, df: DataFrame) -> list[Any]:
        """Fit, and give the features of each column, which fitting makes anyway."""
        self.__dict__.pop("_analyzers", None)
        self.__dict__.pop("_names", None)
        self.columns_ = choose_columns(df, self.columns, "text", "TextTfidf")
        self.vocabularies_: list[list[dict[str, Any]]] = []
        self.weights_: list[np.ndarray] = []
        self.components_: list[np.ndarray] = []
        features = []
        self.groups_ = [self.columns_] if self.together and self.columns_ else [[name] for name in self.columns_]
        for group in self.groups_:
            texts = _joined(df, group)
            analyzers = self._vocabularies(texts)
            self.vocabularies_.append([analyzer.state() for analyzer in analyzers])
            counts = _count(analyzers, texts)
            in_texts = np.bincount(counts.indices, minlength=counts.shape[1])
            self.weights_.append((1 + np.log((1 + len(df)) / (1 + in_texts))).astype(np.float32))
            weighed = self._weigh(counts, analyzers, self.weights_[-1])
            if self.components:
                self.components_.append(self._decompose(weighed))
                weighed = weighed @ self.components_[-1]
            features.append(weighed)
        return features

    def _vocabularies(self, texts: Any) -> list[Ngrams]:
        sample = sample_texts(texts, _WORD_BYTES, self.seed)
        analyzers: list[Ngrams] = [WordNgrams.learn(sample, pairs=self.pairs, **self._limits(sample))]
        if self.characters:
            sample = sample_texts(texts, _CHARACTER_BYTES, self.seed)
            analyzers.append(CharacterNgrams.learn(sample, **self._limits(sample)))
        return analyzers

    def _limits(self, texts: Any) -> dict[str, int]:
        few = 2 if len(texts) >= 1000 else 1
        return {"min_rows": int(self.min_rows or few), "max_terms": int(self.max_terms)}

    def _decompose(self, features: sparse.csr_matrix) -> np.ndarray:
        """The directions (terms, components) in which the texts differ most."""
        count = min(int(self.components), min(features.shape) - 1)
        if count < 1:
            return np.zeros((features.shape[1], 0), dtype=np.float32)
        from sklearn.utils.extmath import randomized_svd

        _, _, directions = randomized_svd(features, count, n_iter=4, random_state=self.seed)
        return np.asarray(directions.T, dtype=np.float32, order="C")

    @cached_property
    def _analyzers(self) -> list[list[Ngrams]]:
        kinds = (WordNgrams, CharacterNgrams)
        return [[kind(**state) for kind, state in zip(kinds, states)] for states in self.vocabularies_]  # noqa: B905

    @cached_property
    def _names(self) -> tuple[str, ...]:
        names = []
        for place, (group, analyzers) in enumerate(zip(self.groups_, self._analyzers, strict=True)):
            terms = [term for analyzer in analyzers for term in analyzer.names()]
            if self.components:
                strongest = np.argsort(-np.abs(self.components_[place]), axis=0, kind="stable")[:3].T
                terms = [
                    f"topic {number + 1} ({', '.join(terms[term] for term in three)})"
                    for number, three in enumerate(strongest)
                ]
            names += [f"{_label(group)}: {term}" for term in terms]
        return tuple(names)

    def encode(self, df: DataFrame) -> Block:
        """The features of the rows: a sparse float32 matrix, or a dense one with `components`."""
        df = as_frame(df)
        features = []
        for place, group in enumerate(self.groups_):
            analyzers = self._analyzers[place]
            weighed = self._weigh(_count(analyzers, _joined(df, group)), analyzers, self.weights_[place])
            features.append(weighed @ self.components_[place] if self.components else weighed)
        return self._block(features, len(df))

    def lower_features(self, sketch: Sketch) -> tuple[Node, ...]:
        """Of each group of columns its words and its sequences, sparse, or its topics."""
        node = sketch.graph.node
        nodes: list[Node] = []
        for place, group in enumerate(self.groups_):
            text = node("prose", *(sketch.text(name) for name in group))
            terms: list[Node] = []
            start = 0
            for known in self._analyzers[place]:
                weights = self.weights_[place][start : start + len(known)]
                start += len(known)
                if isinstance(known, WordNgrams):
                    words = node("words", text)
                    terms.append(node("word_terms", words, words=known.words, keys=known.keys, weights=weights))
                else:
                    symbols = np.asarray(known.symbols, dtype=np.uint32)
                    terms.append(node("character_terms", text, symbols=symbols, keys=known.keys, weights=weights))
            nodes += [node("topics", *terms, components=self.components_[place])] if self.components else terms
        return tuple(nodes)

    def _block(self, features: list[Any], n_rows: int) -> Block:
        if self.components:
            dense = np.hstack(features) if features else np.zeros((n_rows, 0))
            return Block(np.asarray(dense, dtype=np.float32), self._names)
        matrix = (
            sparse.hstack(features, format="csr", dtype=np.float32)
            if features
            else sparse.csr_matrix((n_rows, 0), dtype=np.float32)
        )
        return Block(matrix, self._names)

    def _weigh(self, counts: sparse.csr_matrix, analyzers: list[Ngrams], weights: np.ndarray) -> sparse.csr_matrix:
        """Counts as TF-IDF weights, each text's words and each text's sequences scaled to length 1."""
        data = (1 + np.log(counts.data)) * weights[counts.indices]
        rows = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr))
        # words and character sequences are scaled apart, so that the many sequences do not drown the words
        part = rows * len(analyzers) + (counts.indices >= len(analyzers[0]))
        squares = np.bincount(part, weights=data.astype(np.float64) ** 2)
        data /= np.sqrt(squares)[part] if len(part) else 1
        return sparse.csr_matrix((data.astype(np.float32), counts.indices, counts.indptr), shape=counts.shape)

    def report(self) -> list[str]:
        """How many terms each text has."""
        sentences = []
        for place, group in enumerate(self.groups_):
            terms = len(self.weights_[place])
            if not terms:
                sentences.append(f"Dropped {_label(group)}: its texts hold no words.")
            elif self.components:
                width = self.components_[place].shape[1]
                sentences.append(f"Turned {_label(group)} into {width:,} topics of its {terms:,} most common terms.")
            else:
                sentences.append(f"Turned {_label(group)} into its {terms:,} most common terms.")
        return sentences


def _label(group: list[str]) -> str:
    return " + ".join(group) if len(group) <= 3 else f"{group[0]} and {len(group) - 1} more"


def _joined(df: DataFrame, group: list[str]) -> Any:
    """The texts of these columns, one after the other in each row, as a pyarrow array in lower case."""
    texts = [compute().utf8_lower(without_missing(arrow_text(take_column(df, name, "TextTfidf")))) for name in group]
    if len(texts) == 1:
        return texts[0]
    import pyarrow as pa

    return compute().binary_join_element_wise(*texts, pa.scalar(" ", texts[0].type))


def _count(analyzers: list[Ngrams], texts: Any) -> sparse.csr_matrix:
    """How often each text has each term of each analyzer, side by side."""
    chunks = [
        sparse.hstack([analyzer.count(chunk) for analyzer in analyzers], format="csr") for chunk in text_chunks(texts)
    ]
    counts = chunks[0] if len(chunks) == 1 else sparse.vstack(chunks, format="csr", dtype=np.float32)
    counts.sort_indices()
    return counts
