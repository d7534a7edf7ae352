"""river: ADWIN and KSWIN, request by request, with the defaults of the package. They look for a change, so they are given the warm,
healthy requests first and keep running when the fault sets in. Alarms before that are not counted."""

import copy

from river import drift
from stream import Method, Run

INPUTS = {
    "score": lambda run: run.arm,
    "|Δ score|": lambda run: abs(run.arm - run.production),
    "flips": lambda run: run.flips,
}

#: Detectors that saw the warm requests, by input and those requests: all faults of a run start from the same ones.
_warmed = {}


def _warm_adwin(name: str, warm_values) -> drift.ADWIN:
    key = name, warm_values.tobytes()
    if key not in _warmed:
        _warmed[key] = drift.ADWIN()
        for value in warm_values.tolist():
            _warmed[key].update(value)
    return copy.deepcopy(_warmed[key])


def _first(detector, values, warm: int):
    for count, value in enumerate(values[warm:].tolist(), 1):
        detector.update(value)
        if detector.drift_detected:
            return count
    return None


def _adwin(name: str):
    def first_alarm(run: Run):
        values = INPUTS[name](run)
        return _first(_warm_adwin(name, values[: run.warm]), values, run.warm)

    return first_alarm


def _kswin(run: Run):
    detector = drift.KSWIN(seed=run.number)
    # It remembers 100 values and no more.
    for value in run.arm[run.warm - 100 : run.warm].tolist():
        detector.update(value)
    return _first(detector, run.arm, run.warm)


def check():
    pass


def methods(*, short: bool):
    for name in INPUTS:
        yield Method(f"ADWIN on {name}", "river", "delta .002, clock 32 (defaults); looks every 32 requests", _adwin(name))
    yield Method("KSWIN on score", "river", "alpha .005, window 100, stat 30 (defaults)", _kswin, most_runs=10, most_quiet_runs=20)
