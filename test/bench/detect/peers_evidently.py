"""Evidently: its numeric drift tests window by window. The tests are those that a Report runs, without the time it takes to draw one;
`check` compares the two."""

import numpy as np
import pandas as pd
from evidently import DataDefinition, Dataset, Report
from evidently.legacy.calculations.stattests import ks_stat_test, psi_stat_test, wasserstein_stat_test
from evidently.legacy.core import ColumnType
from evidently.metrics import ValueDrift
from stream import Method, Run

WINDOW = 1000
TESTS = {
    "Wasserstein": (wasserstein_stat_test, "normed distance ≥ .1 (default above 1000 rows)"),
    "KS": (ks_stat_test, "p < .05 (default up to 1000 rows)"),
    "PSI": (psi_stat_test, "PSI ≥ .1 (its default threshold)"),
}


def _result(test, reference, current):
    return test(pd.Series(reference), pd.Series(current), ColumnType.Numerical, None)


def _fixed_reference(test):
    def first_alarm(run: Run):
        windows = run.windows(WINDOW)
        return next((count for count, _, arm in windows if _result(test, run.reference, arm).drifted), None)

    return first_alarm


def _same_requests(test):
    def first_alarm(run: Run):
        windows = run.windows(WINDOW)
        return next((count for count, production, arm in windows if _result(test, production, arm).drifted), None)

    return first_alarm


def check():
    random = np.random.default_rng(1)
    first, second = random.beta(1, 3, 1000), random.beta(1.2, 3, 1000)
    definition = DataDefinition(numerical_columns=["score"])
    as_data = lambda values: Dataset.from_pandas(pd.DataFrame({"score": values}), data_definition=definition)
    report = Report([ValueDrift(column="score", method=test.name) for test, _ in TESTS.values()])
    shown = [metric["value"] for metric in report.run(as_data(second), as_data(first)).dict()["metrics"]]
    for value, (test, _) in zip(shown, TESTS.values(), strict=True):
        assert abs(float(value) - _result(test, first, second).drift_score) < 1e-9


def methods(*, short: bool):
    for name, (test, rule) in TESTS.items():
        fixed = f"{rule}, windows of {WINDOW} against the warm requests"
        same = f"{rule}, windows of {WINDOW} against production on the same requests"
        for kind, settings, find in (("fixed reference", fixed, _fixed_reference), ("same requests", same, _same_requests)):
            runs = {"most_runs": 20, "most_quiet_runs": 50}
            yield Method(f"Evidently {name}, {kind}", "evidently", settings, find(test), **runs)
