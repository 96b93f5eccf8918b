"""The LitServe server: `serving_litserve.py PORT`; the folder of the model is in SERVING_FOLDER."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import litserve as ls
from serving_apps import ByHand


class Adult(ls.LitAPI):
    def setup(self, device: str) -> None:  # noqa: ARG002
        self.model = ByHand(Path(os.environ["SERVING_FOLDER"]))

    def decode_request(self, request):  # LitServe reads the annotations, and takes plain JSON when there are none
        return request

    def predict(self, row: dict[str, Any]) -> float:
        return self.model.row(row)

    def encode_response(self, output: float) -> dict[str, float]:
        return {"probability": output}


if __name__ == "__main__":
    server = ls.LitServer(Adult(), accelerator="cpu")
    server.run(port=int(sys.argv[1]), host="127.0.0.1", generate_client_file=False, log_level="warning")
