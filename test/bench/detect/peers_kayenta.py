"""Kayenta's judge, written from its definition (spinnaker/kayenta, MannWhitneyClassifier in NetflixACAJudge): Mann–Whitney with a 98 %
interval around the Hodges–Lehmann estimate; High or Low when the interval lies beyond ± 0.25 × |estimate|. It has no Python package."""

import numpy as np
from scipy.optimize import brentq
from scipy.stats import mannwhitneyu, norm, rankdata
from stream import Method, Run

TOLERANCE = 0.25
CONFIDENCE = 0.98
QUANTILE = norm.ppf(1 - (1 - CONFIDENCE) / 2)


def standardised(shift: float, experiment: np.ndarray, control: np.ndarray) -> float:
    """The rank-sum statistic of (experiment − shift) against control, with ties and continuity corrected, in standard deviations."""
    ranks = rankdata(np.concatenate([experiment - shift, control]))
    n, m = len(experiment), len(control)
    above = ranks[:n].sum() - n * (n + 1) / 2 - n * m / 2
    _, ties = np.unique(ranks, return_counts=True)
    ties = ties.astype(float)
    variance = n * m / 12 * (n + m + 1 - (ties**3 - ties).sum() / ((n + m) * (n + m - 1)))
    return (above - 0.5 * np.sign(above)) / np.sqrt(variance)


def _shift_where(quantile: float, experiment, control) -> float:
    low, high = experiment.min() - control.max(), experiment.max() - control.min()
    at = lambda shift: standardised(shift, experiment, control) - quantile
    if at(low) <= 0:
        return low
    if at(high) >= 0:
        return high
    return brentq(at, low, high, xtol=1e-4)


def verdict(experiment: np.ndarray, control: np.ndarray, *, asks_mean_ratio: bool) -> str:
    """With `asks_mean_ratio` as Kayenta does by default: High also needs a mean not below the control's, Low one not above."""
    if np.array_equal(np.sort(experiment), np.sort(control)):
        return "Pass"
    # An interval beyond the bounds is beyond 0, which one statistic tells: the roots are sought only then.
    above_zero = standardised(0.0, experiment, control)
    if abs(above_zero) <= QUANTILE:
        return "Pass"
    mean_shift = experiment.mean() - control.mean()
    if asks_mean_ratio and mean_shift * above_zero < 0:
        return "Pass"
    bound = TOLERANCE * abs(_shift_where(0.0, experiment, control))
    if above_zero > 0:
        return "High" if _shift_where(QUANTILE, experiment, control) > bound else "Pass"
    return "Low" if _shift_where(-QUANTILE, experiment, control) < -bound else "Pass"


def _looks(length: int):
    """A judgement every 1000 requests on all of them so far; every 10,000 after the first 20,000."""
    return [n for n in range(1000, length + 1, 1000) if n <= 20_000 or n % 10_000 == 0]


def _first_alarm(asks_mean_ratio: bool):
    def first_alarm(run: Run):
        production, arm = (part[run.warm :].astype(float) for part in (run.production, run.arm))
        judge = lambda n: verdict(arm[:n], production[:n], asks_mean_ratio=asks_mean_ratio)
        return next((n for n in _looks(run.length) if judge(n) != "Pass"), None)

    return first_alarm


def check():
    """The statistic at shift 0 has scipy's p-value, and the interval covers a known shift."""
    random = np.random.default_rng(1)
    control, experiment = random.normal(0, 1, 400).round(1), random.normal(0.4, 1, 400).round(1)
    p_value = 2 * norm.sf(abs(standardised(0.0, experiment, control)))
    assert abs(p_value - mannwhitneyu(experiment, control, method="asymptotic").pvalue) < 1e-12
    low, high = (_shift_where(quantile, experiment, control) for quantile in (QUANTILE, -QUANTILE))
    estimate = _shift_where(0.0, experiment, control)
    pairwise = np.median(np.subtract.outer(experiment, control))
    assert low < estimate < high and abs(estimate - pairwise) < 0.05 and low < 0.4 < high


def methods(*, short: bool):
    looks = "98 % interval, tolerance .25; all requests so far, every 1000 (10,000 after 20,000), against production on the same"
    runs = {"most_runs": 20, "most_quiet_runs": 50}
    of = "from its definition"
    yield Method("Kayenta judge", of, f"{looks}; effect size 1.0 (default)", _first_alarm(True), **runs)
    yield Method("Kayenta judge, no effect size", of, looks, _first_alarm(False), **runs)
