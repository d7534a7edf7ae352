"""alibi-detect: KSDrift window by window, and the online Cramér–von Mises detector, which needs neither TensorFlow nor PyTorch.
Its online MMD and LSDD detectors need one of them and are left out."""

from functools import cache

import numpy as np
from alibi_detect.cd import CVMDriftOnline, KSDrift
from scipy.stats import ks_2samp
from stream import Method, Run

WINDOW = 1000
P_VALUE = 0.05


def _drifted(detector, scores) -> bool:
    return bool(detector.predict(scores)["data"]["is_drift"])


def _fixed_reference(run: Run):
    detector = KSDrift(run.reference, p_val=P_VALUE)
    return next((count for count, _, arm in run.windows(WINDOW) if _drifted(detector, arm)), None)


def _same_requests(run: Run):
    windows = run.windows(WINDOW)
    return next((count for count, production, arm in windows if _drifted(KSDrift(production, p_val=P_VALUE), arm)), None)


@cache
def _online(ert: int, bootstraps: int, reference: int) -> CVMDriftOnline:
    """Its thresholds depend on the sizes alone, not on the reference: configured once, then given each run's reference."""
    some = np.random.default_rng(1).standard_normal(reference)
    return CVMDriftOnline(some, ert=ert, window_sizes=[20, 40, 80], n_bootstraps=bootstraps, verbose=False)


def _cvm(ert: int, bootstraps: int, size: int):
    def first_alarm(run: Run):
        detector = _online(ert, bootstraps, size)
        detector.x_ref = run.reference[:size].astype(float).reshape(-1, 1)
        detector._configure_ref()
        detector.reset_state()
        scores = run.arm[run.warm :].tolist()
        return next((n for n, score in enumerate(scores, 1) if detector.predict(score)["data"]["is_drift"]), None)

    return first_alarm


def check():
    """KSDrift's p-value is scipy's asymptotic one."""
    random = np.random.default_rng(1)
    first, second = random.beta(1, 3, 1000), random.beta(1.2, 3, 1000)
    found = KSDrift(first, p_val=P_VALUE).predict(second)["data"]["p_val"][0]
    assert abs(found - ks_2samp(first, second, method="asymp").pvalue) < 1e-6


def methods(*, short: bool):
    window = f"p < {P_VALUE} (default), windows of {WINDOW}"
    yield Method("KSDrift, fixed reference", "alibi-detect", f"{window} against the warm requests", _fixed_reference, 20)
    yield Method("KSDrift, same requests", "alibi-detect", f"{window} against production on the same requests", _same_requests, 20)
    ert, bootstraps, reference = (100, 1000, 100) if short else (1000, 10_000, 1000)
    yield Method(
        "CVMDriftOnline",
        "alibi-detect",
        f"expected run time {ert}, windows 20/40/80, {bootstraps} bootstraps, reference {reference}",
        _cvm(ert, bootstraps, reference),
        most_runs=10,
        most_quiet_runs=10,
    )
