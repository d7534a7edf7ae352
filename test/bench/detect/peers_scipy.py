"""scipy: the tests people write themselves. As they are first written, and as someone careful would, with the error rate divided by the
number of looks planned."""

import numpy as np
from scipy.stats import binom, binomtest, ks_2samp
from stream import Method, Run

WINDOW = 1000
#: Looks in 100,000 requests, over which the careful divide their alpha of .01.
WINDOW_LOOKS = 100
COUNT_EVERY = 100
COUNT_LOOKS = 1000
LIMIT = 0.01


def _ks(p_value: float):
    def first_alarm(run: Run):
        windows = run.windows(WINDOW)
        return next((n for n, production, arm in windows if ks_2samp(production, arm).pvalue < p_value), None)

    return first_alarm


def _flips_over_limit(run: Run):
    """One-sided exact binomial test of all flips so far, looked at every hundred requests."""
    counts = np.cumsum(run.flips[run.warm :], dtype="i8")[COUNT_EVERY - 1 :: COUNT_EVERY]
    seen = np.arange(1, len(counts) + 1) * COUNT_EVERY
    alarms = np.flatnonzero(binom.sf(counts - 1, seen, LIMIT) < 0.01 / COUNT_LOOKS)
    return int(seen[alarms[0]]) if len(alarms) > 0 else None


def check():
    assert abs(binom.sf(11, 500, LIMIT) - binomtest(12, 500, LIMIT, alternative="greater").pvalue) < 1e-12


def methods(*, short: bool):
    same = f"windows of {WINDOW} against production on the same requests"
    yield Method("ks_2samp", "scipy", f"p < .05, {same}", _ks(0.05))
    careful = f"p < .01 / {WINDOW_LOOKS} looks, {same}"
    yield Method("ks_2samp, Bonferroni", "scipy", careful, _ks(0.01 / WINDOW_LOOKS))
    binomial = f"flips > 1 %, cumulative, every {COUNT_EVERY} requests, p < .01 / {COUNT_LOOKS} looks"
    yield Method("binomtest, Bonferroni", "scipy", binomial, _flips_over_limit)
