"""Default LightGBM, XGBoost and CatBoost pipelines against the same libraries used by hand with careful defaults.

By hand: native categories, learning rate 0.05, up to 2,000 rounds, early stopping after 50 rounds on the held-out fold.
The same folds for both. ROC AUC (higher is better) or RMSE (lower is better), mean over 5 folds; `relative` is how much
better (+) or worse (-) Litmus is. Run: .venv/bin/python benchmarks/default_scores.py [TABLE ...]
"""

from __future__ import annotations

import sys
import time
import warnings

import joblib
import numpy as np
import pandas as pd
import tables
from sklearn.metrics import roc_auc_score, root_mean_squared_error

import litmus


def by_hand(library: str, frame: pd.DataFrame, y: np.ndarray, folds: list, task: str) -> float:
    jobs = (joblib.delayed(one_fold)(library, frame, y, fold.train, fold.valid, task) for fold in folds)
    return float(np.mean(joblib.Parallel(n_jobs=-1)(jobs)))


def one_fold(
    library: str, frame: pd.DataFrame, y: np.ndarray, train: np.ndarray, valid: np.ndarray, task: str
) -> float:
    warnings.simplefilter("ignore")
    predicted = FITS[library](frame.iloc[train], y[train], frame.iloc[valid], y[valid], task)
    score = roc_auc_score if task == "binary" else root_mean_squared_error
    return float(score(y[valid], predicted))


def lightgbm(train, y, valid, y_valid, task):
    import lightgbm as lgb

    settings = {"n_estimators": 2000, "learning_rate": 0.05, "verbose": -1, "n_jobs": 1, "random_state": 0}
    model = lgb.LGBMClassifier(**settings) if task == "binary" else lgb.LGBMRegressor(**settings)
    model.fit(train, y, eval_set=[(valid, y_valid)], callbacks=[lgb.early_stopping(50, verbose=False)])
    return model.predict_proba(valid)[:, 1] if task == "binary" else model.predict(valid)


def xgboost(train, y, valid, y_valid, task):
    import xgboost as xgb

    settings = {"n_estimators": 2000, "learning_rate": 0.05, "enable_categorical": True, "early_stopping_rounds": 50}
    kind = xgb.XGBClassifier if task == "binary" else xgb.XGBRegressor
    model = kind(**settings, tree_method="hist", n_jobs=1, random_state=0)
    model.fit(train, y, eval_set=[(valid, y_valid)], verbose=False)
    return model.predict_proba(valid)[:, 1] if task == "binary" else model.predict(valid)


def catboost(train, y, valid, y_valid, task):
    import catboost as cb

    categories = [name for name in train if isinstance(train[name].dtype, pd.CategoricalDtype)]
    settings = {"iterations": 2000, "learning_rate": 0.05, "early_stopping_rounds": 50, "cat_features": categories}
    kind = cb.CatBoostClassifier if task == "binary" else cb.CatBoostRegressor
    model = kind(**settings, verbose=0, thread_count=1, random_seed=0, allow_writing_files=False)
    train, valid = (
        part.assign(**{n: part[n].astype("str").fillna("missing") for n in categories}) for part in (train, valid)
    )
    model.fit(train, y, eval_set=(valid, y_valid))
    return model.predict_proba(valid)[:, 1] if task == "binary" else model.predict(valid)


FITS = {"LightGBM": lightgbm, "XGBoost": xgboost, "CatBoost": catboost}


def main() -> None:
    print(f"{'table':<14} {'library':<9} {'metric':<8} {'by hand':>10} {'Litmus':>10} {'relative':>9}   seconds")
    for name in sys.argv[1:] or tables.TABLES:
        frame = tables.read(name)
        if frame is None:
            print(f"{name:<14} is not beside this checkout: skipped")
            continue
        target, task = tables.TABLES[name]
        metric = "roc_auc" if task == "binary" else "rmse"
        data = litmus.TaskData.create(
            name=name, data={"train": frame, "test": frame.iloc[:50]}, target=target, task=task, k_fold=5
        )
        started = time.perf_counter()
        run = litmus.train(data, algorithm=list(FITS), metrics={"validation": [metric], "test": []}, callbacks=[])
        seconds = time.perf_counter() - started
        loaded = run.data[name]
        plain = loaded.train.copy()
        for column in plain.select_dtypes(exclude="number"):
            plain[column] = plain[column].astype("category")
        for library in FITS:
            ours = run.leaderboard[library].score(metric).value
            theirs = by_hand(library, plain, loaded.y, list(loaded.folds), task)
            relative = (ours / theirs - 1) * 100 if task == "binary" else (1 - ours / theirs) * 100
            print(
                f"{name:<14} {library:<9} {metric:<8} {theirs:>10.5f} {ours:>10.5f} {relative:>+8.2f}%   {seconds:.0f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
