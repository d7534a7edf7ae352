"""What the peers' packages cost on one core: `python speed.py <folder>` reads production.f32 and arm.f32, and prints one JSON line per
method with the nanoseconds per observation, the fastest of several batches."""

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
from alibi_detect.cd import KSDrift
from evidently import DataDefinition, Dataset, Report
from evidently.legacy.calculations.stattests import wasserstein_stat_test
from evidently.legacy.core import ColumnType
from evidently.metrics import ValueDrift
from river import drift

WINDOW = 1000


def fastest(observations: int, batch, rounds: int) -> float:
    best = float("inf")
    for _ in range(rounds):
        began = time.perf_counter_ns()
        batch()
        best = min(best, (time.perf_counter_ns() - began) / observations)
    return best


def streaming(create, values, rounds: int):
    """A detector that has seen the stream once and sees it again. Whole passes: some observations cost it more than others."""
    detector = create()

    def batch():
        for value in values:
            detector.update(value)

    batch()
    return fastest(len(values), batch, rounds)


def main(folder: Path):
    production, arm = (np.fromfile(folder / f"{name}.f32", "<f4").astype(float) for name in ("production", "arm"))
    reference, current = production[:WINDOW], arm[:WINDOW]
    definition = DataDefinition(numerical_columns=["score"])
    as_data = lambda values: Dataset.from_pandas(pd.DataFrame({"score": values}), data_definition=definition)
    report = Report([ValueDrift(column="score", method="wasserstein")])
    series = pd.Series(reference), pd.Series(current)
    detector = KSDrift(reference, p_val=0.05)
    window = lambda batch, rounds: fastest(WINDOW, batch, rounds)
    rows = [
        ("ADWIN, every observation", "river", lambda: streaming(drift.ADWIN, arm.tolist(), 200)),
        ("KSWIN, every observation", "river", lambda: streaming(lambda: drift.KSWIN(seed=1), arm[:1000].tolist(), 6)),
        ("KSDrift, windows of 1000", "alibi-detect", lambda: window(lambda: detector.predict(current), 300)),
        (
            "Wasserstein test alone, windows of 1000",
            "evidently",
            lambda: window(lambda: wasserstein_stat_test(*series, ColumnType.Numerical, None), 300),
        ),
        (
            "Report with it, windows of 1000",
            "evidently",
            lambda: window(lambda: report.run(as_data(current), as_data(reference)).dict(), 40),
        ),
    ]
    for name, package, measure in rows:
        line = {"name": name, "package": f"{package} {version(package)}", "nanoseconds": measure()}
        print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
