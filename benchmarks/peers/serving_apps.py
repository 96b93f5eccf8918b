"""The servers that Litmus' own is measured beside, each as its documentation shows it. Runs in the environment `serving`.

serving_apps.py model FOLDER                  train a LightGBM of 200 trees on Adult and keep it for the others
serving_apps.py starlette FOLDER PORT BUNDLE  a bare Starlette application around Litmus' compiled model
serving_apps.py fastapi|litserve FOLDER PORT  with the LightGBM
bentoml and mlflow are started by their own commands; `serving_http.py` does
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

NUMBERS = ["age", "fnlwgt", "education-num", "capital-gain", "capital-loss", "hours-per-week"]
TEXTS = ["workclass", "education", "marital-status", "occupation", "relationship", "race", "sex", "native-country"]
COLUMNS = [*NUMBERS, *TEXTS]


def train(folder: Path) -> None:
    import json

    import lightgbm
    import pandas as pd

    table = pd.read_csv(Path(__file__).parents[2] / "examples" / "adult" / "adult.csv.gz", keep_default_na=False)
    y = (table["income"].str.strip().str.startswith(">50K")).astype(int)
    X = table[COLUMNS].astype(dict.fromkeys(TEXTS, "category"))
    kinds = {name: list(X[name].cat.categories) for name in TEXTS}
    model = lightgbm.LGBMClassifier(n_estimators=200, num_threads=1, verbose=-1).fit(X, y)
    model.booster_.save_model(str(folder / "booster.txt"))
    (folder / "kinds.json").write_text(json.dumps(kinds))

    import mlflow

    class Adult(mlflow.pyfunc.PythonModel):
        def load_context(self, context: Any) -> None:
            self.model = ByHand(Path(context.artifacts["folder"]))

        def predict(self, context: Any, model_input: Any, params: Any = None) -> Any:  # noqa: ARG002
            return self.model.frame(model_input)

    mlflow.pyfunc.save_model(
        str(folder / "mlflow"), python_model=Adult(), artifacts={"folder": str(folder)}, code_paths=[__file__]
    )


class ByHand:
    """The LightGBM on a pandas frame, as it was trained."""

    def __init__(self, folder: Path) -> None:
        import json

        import lightgbm
        import pandas as pd

        self.pd = pd
        self.booster = lightgbm.Booster(model_file=str(folder / "booster.txt"))
        self.kinds = {
            name: pd.CategoricalDtype(each) for name, each in json.loads((folder / "kinds.json").read_text()).items()
        }

    def frame(self, frame: Any) -> list[float]:
        return self.booster.predict(frame[COLUMNS].astype(self.kinds), num_threads=1).tolist()

    def row(self, row: dict[str, Any]) -> float:
        return self.frame(self.pd.DataFrame([row]))[0]


def starlette(bundle: str) -> Any:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import JSONResponse
    from starlette.routing import Route

    import litmus.runtime

    model = litmus.runtime.load(bundle)
    keys = list(map(str, model.classes))

    async def predict(request: Request) -> JSONResponse:
        answers = model.answer(await request.json())
        probabilities = dict(zip(keys, answers.probabilities[0].tolist(), strict=True))
        return JSONResponse({"prediction": answers.labels[0], "probabilities": probabilities})

    return Starlette(routes=[Route("/predict", predict, methods=["POST"])])


def fastapi(folder: Path) -> Any:
    from fastapi import FastAPI
    from pydantic import create_model

    model = ByHand(folder)
    fields = {name.replace("-", "_"): (float | None if name in NUMBERS else str | None, None) for name in COLUMNS}
    Row = create_model("Row", **fields)  # type: ignore[call-overload]
    names = dict(zip(fields, COLUMNS, strict=True))
    app = FastAPI()

    def predict(row: Any) -> dict[str, Any]:
        share = model.row({names[name]: value for name, value in row.model_dump().items()})
        return {"prediction": ">50K" if share > 0.5 else "<=50K", "probabilities": {">50K": share, "<=50K": 1 - share}}

    predict.__annotations__["row"] = Row
    app.post("/predict")(predict)
    return app


def main() -> None:
    kind, folder = sys.argv[1], Path(sys.argv[2])
    if kind == "model":
        train(folder)
    else:
        import uvicorn

        app = starlette(sys.argv[4]) if kind == "starlette" else fastapi(folder)
        uvicorn.run(app, port=int(sys.argv[3]), loop="uvloop", http="httptools", log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
