"""What a peer sees: one recorded run of a case, and what a method is."""

from dataclasses import dataclass
from typing import Callable, Iterator, Optional

import numpy as np


@dataclass
class Run:
    number: int
    #: Requests at the start that are healthy; a method may learn from them.
    warm: int
    production: np.ndarray
    arm: np.ndarray
    #: 1 where the arm's label is not production's.
    flips: np.ndarray

    @property
    def length(self) -> int:
        """Requests after the warm ones."""
        return len(self.arm) - self.warm

    @property
    def reference(self) -> np.ndarray:
        """Production's scores of the warm requests: what a fixed-reference monitor is given as normal."""
        return self.production[: self.warm]

    def windows(self, size: int) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
        """(requests so far, production's scores, the arm's scores) of each whole window after the warm requests."""
        for start in range(self.warm, len(self.arm) - size + 1, size):
            stop = start + size
            yield stop - self.warm, self.production[start:stop], self.arm[start:stop]


@dataclass
class Method:
    name: str
    package: str
    settings: str
    #: Requests until the first alarm after the warm ones, or None.
    first_alarm: Callable[[Run], Optional[int]]
    #: Slow methods look at the first few runs only.
    most_runs: int = 10**9
    most_quiet_runs: int = 10**9


class Case:
    def __init__(self, folder, described, *, warm: int):
        self.name = described["name"]
        self.is_quiet = described["isQuiet"]
        self.warm = warm
        self._runs = described["runs"]
        read = lambda of, name, kind: np.fromfile(folder / f"{of}.{name}", kind).reshape(self._runs, -1)
        self._production = read(described["production"], "production.f32", "<f4")
        self._arm = read(described["arm"], "arm.f32", "<f4")
        labels = read(described["production"], "production-label.u8", "u1")
        self._flips = (read(described["arm"], "arm-label.u8", "u1") != labels).astype("u1")

    def runs_for(self, method: Method) -> Iterator[Run]:
        most = method.most_quiet_runs if self.is_quiet else method.most_runs
        for number in range(min(self._runs, most)):
            rows = (part[number] for part in (self._production, self._arm, self._flips))
            yield Run(number, self.warm, *rows)
