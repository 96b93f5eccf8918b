"""Three algorithms x 5 folds on Adult: Litmus on all cores, on one core, and a hand-written joblib loop.

The same parameters and folds for all three, early stopping off, so that the work is the same. Everything is counted:
reading the file, encoding, fitting, predicting, scoring. The first round also imports the libraries and starts the
processes, for both; the later rounds, whose medians are given, find them there.
Run: .venv/bin/python benchmarks/parallel_folds.py
"""

from __future__ import annotations

import statistics
import time

import joblib
import numpy as np
import pandas as pd
import tables
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold
from sklearn.preprocessing import OrdinalEncoder

import litmus
from litmus.resources import available_cpus

LIGHTGBM = {
    "n_estimators": 400,
    "learning_rate": 0.05,
    "num_leaves": 31,
    "min_child_samples": 10,
    "subsample": 0.9,
    "colsample_bytree": 0.8,
    "reg_lambda": 5.0,
}
XGBOOST = {
    "n_estimators": 400,
    "learning_rate": 0.05,
    "max_depth": 6,
    "subsample": 0.9,
    "colsample_bytree": 0.9,
    "max_bin": 512,
}
FOREST = {"n_estimators": 200, "min_samples_leaf": 3}
ROUNDS = 3


def with_litmus(path: str, cpus: int) -> float:
    started = time.perf_counter()
    litmus.train(
        litmus.TaskData.create(data=path, target="income", split=litmus.RandomSplit(test=0.01), k_fold=5),
        algorithm=[
            litmus.LightGBM(**LIGHTGBM, early_stopping_rounds=0),
            litmus.XGBoost(**XGBOOST, early_stopping_rounds=0),
            litmus.RandomForest(**FOREST),
        ],
        metrics={"validation": ["roc_auc"], "test": ["roc_auc"]},
        resources={"train": {"cpus": cpus, "workers": cpus}, "predict": {"cpus": cpus}},
        callbacks=[],
    )
    return time.perf_counter() - started


def one_fold(name: str, frame: pd.DataFrame, y: np.ndarray, train: np.ndarray, valid: np.ndarray) -> float:
    if name == "LightGBM":
        import lightgbm as lgb

        model = lgb.LGBMClassifier(**LIGHTGBM, subsample_freq=1, n_jobs=1, verbose=-1)
    elif name == "XGBoost":
        import xgboost as xgb

        model = xgb.XGBClassifier(**XGBOOST, n_jobs=1, enable_categorical=True)
    else:
        from sklearn.ensemble import RandomForestClassifier

        model = RandomForestClassifier(**FOREST, n_jobs=1)
        encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
        text = list(frame.select_dtypes("category"))
        frame = frame.copy()
        frame[text] = encoder.fit(frame[text].astype(object).iloc[train]).transform(frame[text].astype(object))
        frame = frame.astype(float)
    model.fit(frame.iloc[train], y[train])
    return roc_auc_score(y[valid], model.predict_proba(frame.iloc[valid])[:, 1])


def with_joblib(path: str, jobs: int) -> float:
    started = time.perf_counter()
    frame = pd.read_csv(path, na_values="?")
    y = (frame.pop("income") == ">50K").to_numpy().astype(int)
    for name in frame.select_dtypes("str"):
        frame[name] = frame[name].astype("category")
    folds = list(StratifiedKFold(5, shuffle=True, random_state=0).split(frame, y))
    joblib.Parallel(n_jobs=jobs)(
        joblib.delayed(one_fold)(name, frame, y, train, valid)
        for name in ("RandomForest", "XGBoost", "LightGBM")
        for train, valid in folds
    )
    return time.perf_counter() - started


def main() -> None:
    cpus = available_cpus()
    path = str(tables.HERE.parent / "examples" / "adult" / "adult.csv.gz")
    times: dict[str, list[float]] = {"all": [], "one": [], "joblib": []}
    for _ in range(ROUNDS):
        times["all"].append(with_litmus(path, cpus))
        times["joblib"].append(with_joblib(path, cpus))
        times["one"].append(with_litmus(path, 1))
    joblib.externals.loky.get_reusable_executor().shutdown(wait=True)
    for title, used in (("first round", slice(0, 1)), (f"medians of {ROUNDS - 1} later rounds", slice(1, None))):
        median = {name: statistics.median(values[used]) for name, values in times.items()}
        speedup, over = median["one"] / median["all"], median["all"] / median["joblib"]
        print(f"{cpus} cores, Adult, 3 algorithms x 5 folds, {title}")
        print(f"Litmus, {cpus} cores           {median['all']:6.1f} s")
        print(f"Litmus, 1 core            {median['one']:6.1f} s   {speedup:.2f} times as long")
        print(f"joblib by hand, {cpus} cores   {median['joblib']:6.1f} s   Litmus takes {over:.2f} of it")


if __name__ == "__main__":
    main()
