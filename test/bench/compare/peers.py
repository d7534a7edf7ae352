"""Other people's ways of comparing the same pairs: `python peers.py <folder>` reads production.f64 and arm.f64, and prints one JSON line per
way with the rows it compares per second, the fastest of several rounds."""

import json
import os
import sys
import time
import warnings
from importlib.metadata import version
from pathlib import Path

os.environ["DO_NOT_TRACK"] = "1"
warnings.filterwarnings("ignore")

import numpy as np
import pandas as pd
from evidently import DataDefinition, Dataset, Report
from evidently.presets import DataDriftPreset

WINDOW = 1000
ROUNDS = 5


def fastest(rows: int, compare) -> float:
    best = float("inf")
    for _ in range(ROUNDS):
        began = time.perf_counter()
        compare()
        best = min(best, time.perf_counter() - began)
    return rows / best


def main(folder: Path):
    production, arm = (np.fromfile(folder / f"{name}.f64", "<f8") for name in ("production", "arm"))
    definition = DataDefinition(numerical_columns=["score"], categorical_columns=["label"])
    frame = lambda scores: pd.DataFrame({"score": scores, "label": np.where(scores > 0.5, "true", "false")})
    data = lambda scores: Dataset.from_pandas(frame(scores), data_definition=definition)

    def report(size):
        for at in range(0, len(arm) - size + 1, size):
            Report([DataDriftPreset()]).run(data(arm[at : at + size]), data(production[at : at + size])).dict()

    ways = [
        (f"data drift report, windows of {WINDOW}", lambda: report(WINDOW)),
        (f"data drift report, all {len(arm)} at once", lambda: report(len(arm))),
    ]
    for name, compare in ways:
        line = {"name": name, "package": f"evidently {version('evidently')}", "rowsPerSecond": fastest(len(arm), compare)}
        print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
