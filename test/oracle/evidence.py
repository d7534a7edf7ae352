"""An independent implementation of the evidence: the same formulas, written anew and computed with 50 decimal digits.

Prints random counts with the natural logarithms of their e-values as JSON; a test compares the engine's own to 1e-9.
    python3 test/oracle/evidence.py > test/oracle/evidence.json && npx biome format --write test/oracle/evidence.json
Needs Python 3.9 or later and nothing else. It shares no code, no tables and no binning with the engine.
"""

import json
import random
from decimal import MAX_EMAX, MIN_EMIN, Decimal, getcontext
from functools import lru_cache

getcontext().prec = 50
getcontext().Emax = MAX_EMAX
getcontext().Emin = MIN_EMIN

SEED = 20130701
ONE = Decimal(1)


def dec(number):
    return Decimal(str(number))


# --- mixtures: E = sum over bets g of weight_g * product over observations of (1 + lambda_g (x - m)) ------------------


@lru_cache(maxsize=None)
def ln(number):
    return number.ln()


def log_mixture(bets, counts):
    """ln E of bets [(weight, [factor by cell])] on observations counted by cell. A factor of 0 ruins a bet."""
    total = sum(weight for weight, _ in bets)
    logs = []
    for weight, factors in bets:
        if any(factor <= 0 for factor, count in zip(factors, counts) if count > 0):
            continue
        gained = sum((count * ln(factor) for factor, count in zip(factors, counts) if count > 0), Decimal(0))
        logs.append(ln(weight / total) + gained)
    return log_sum(logs)


def log_sum(logs):
    top = max(logs)
    return top + sum((term - top).exp() for term in logs).ln()


def log_mean(logs):
    return log_sum(logs) - Decimal(len(logs)).ln()


def betting(weights, lambdas, points, m):
    return [(dec(w), [ONE + lam * (x - m) for x in points]) for w, lam in zip(weights, lambdas)]


# --- rates: x is 0 or 1, lambda = (q - m) / (m (1 - m)) ----------------------------------------------------------------

RATE_DOWN = [(0, 3), ("0.0625", 2), ("0.125", 2), ("0.25", 2), ("0.4", 2), ("0.55", 2), ("0.7", 1), ("0.8", 1), ("0.88", 1), ("0.94", 1)]


@lru_cache(maxsize=None)
def rate_bets(m):
    up = []
    k = -3
    while True:
        odds = (ONE + Decimal(2) ** k) * m / (ONE - m)
        q = odds / (ONE + odds)
        if q > dec("0.9995") and up:
            break
        up.append(((Decimal(2).ln() * -abs(k) / 2).exp(), q))
        k += 1
    down = [(dec(weight), m * dec(factor)) for factor, weight in RATE_DOWN]
    points = [Decimal(0), ONE]
    made = []
    for side in (up, down):
        lambdas = [(q - m) / (m * (ONE - m)) for _, q in side]
        bets = betting([w for w, _ in side], lambdas, points, m)
        # Exactly ruined, not by a rounding in the fiftieth digit.
        made.append([(w, [f0, f1 if q > 0 else Decimal(0)]) for (w, (f0, f1)), (_, q) in zip(bets, side)])
    return made


def rate(n, hits, m):
    up, down = rate_bets(m)
    return log_mixture(up, [n - hits, hits]), log_mixture(down, [n - hits, hits])


# --- paired differences: x is -1, 0 or 1 ------------------------------------------------------------------------------

PAIR_UP = ["1", ".7", ".45", ".28", ".17", ".1", ".06", ".03"]
PAIR_DOWN = [("1", 4), (".85", 3), (".65", 2), (".45", 2), (".3", 1), (".18", 1), (".1", 1), (".05", 1)]


def clean(bets):
    """The boldest bets lose exactly everything where 1 + lambda (x - m) is 0 but for rounding."""
    return [(w, [Decimal(0) if abs(f) < dec("1e-40") else f for f in factors]) for w, factors in bets]


@lru_cache(maxsize=None)
def pair_bets(t):
    points = [Decimal(-1), Decimal(0), ONE]
    up = betting([1] * 8, [dec(c) / (ONE + t) for c in PAIR_UP], points, t)
    down = betting([w for _, w in PAIR_DOWN], [-dec(c) / (ONE - t) for c, _ in PAIR_DOWN], points, t)
    return clean(up), clean(down)


@lru_cache(maxsize=None)
def pair(n, b, c, t):
    up, down = pair_bets(t)
    cells = [c, n - b - c, b]
    return log_mixture(up, cells), log_mixture(down, cells)


def mcnemar(b, c):
    thetas = [dec(theta) for theta in (".52", ".55", ".6", ".7", ".8", ".9", ".97")]
    return log_mixture([(ONE, [2 * theta, 2 * (ONE - theta)]) for theta in thetas], [b, c])


# --- bounded means: a number counted at two neighbouring points with weights in 1/1024 --------------------------------

POSITIVE = "1e-4 3e-4 1e-3 2e-3 4e-3 7e-3 .01 .015 .02 .03 .04 .055 .075 .1 .13 .17 .22 .3 .4 .55 .75 1".split()
DISTANCES = [Decimal(0)] + [dec(x) for x in POSITIVE]
DIFFERENCES = [-x for x in reversed(DISTANCES[1:])] + DISTANCES
MEAN_UP = "1 .93 .8 .6 .42 .3 .21 .15 .105 .074 .052 .037 .026 .018 .013".split()


@lru_cache(maxsize=None)
def mean_bets(m, signed):
    points = DIFFERENCES if signed else DISTANCES
    low, high = points[0], points[-1]
    up = betting([1] * len(MEAN_UP), [dec(c) / (m - low) for c in MEAN_UP], points, m)
    down = betting([w for _, w in PAIR_DOWN], [-dec(c) / (high - m) for c, _ in PAIR_DOWN], points, m)
    return clean(up), clean(down)


def mean(weights, m, signed):
    """Weights are integers, 1024 for each observation."""
    up, down = mean_bets(m, signed)
    counts = [Decimal(weight) / 1024 for weight in weights]
    return log_mixture(up, counts), log_mixture(down, counts)


def bias(weights, m):
    up, down = mean(weights, m, True)
    up_mirrored, down_mirrored = mean(weights[::-1], m, True)
    return log_mean([up, up_mirrored]), min(down, down_mirrored)


def hat(x, signed):
    """Where a number is counted: the points to its left and right and the right one's weight."""
    points = DIFFERENCES if signed else DISTANCES
    left = max(j for j in range(len(points) - 1) if points[j] <= x)
    share = (x - points[left]) / (points[left + 1] - points[left])
    return left, int((1024 * share + dec(".5")).to_integral_value(rounding="ROUND_FLOOR"))


# --- paired KS at declared edges: X_k = 1[arm <= e_k] - 1[production <= e_k] -------------------------------------------


def paired_ks(pairs, tau):
    """Pairs are (production, arm, times)."""
    n = sum(times for _, _, times in pairs)
    ups, downs = [], []
    for k in range(1, 64):
        edge = Decimal(k) / 64
        xs = [((arm <= edge) - (before <= edge), times) for before, arm, times in pairs]
        b = sum(times for x, times in xs if x == 1)
        c = sum(times for x, times in xs if x == -1)
        for cells in ((b, c), (c, b)):
            up, down = pair(n, *cells, tau)
            ups.append(up)
            downs.append(down)
    return log_mean(ups), min(downs)


# --- latency quantile ratio: every bucket edge is a candidate for the control's quantile -------------------------------

JOINT = [(dec(tilt), dec(c), weight) for tilt in ("1.5", ".7") for c, weight in ((".7", 3), (".4", 3), (".2", 2), (".08", 1))]
THIRDS = (ONE / 3, ONE / 3, ONE / 3)
MOSTLY_HERE = (dec(".02"), dec(".02"), dec(".96"))


def joint_bets(p, side):
    """On D + tilt A, D = 1[arm] - p, A = p - 1[control], in fractions of the largest stake that cannot ruin."""
    bets = []
    for tilt, fraction, weight in JOINT:
        payoffs = [side * ((arm - p) + tilt * (p - control)) for control, arm in ((1, 1), (1, 0), (0, 1), (0, 0))]
        stake = fraction / -min(payoffs)
        bets.append((dec(weight), [ONE + stake * payoff for payoff in payoffs]))
    return bets


def here(control, arm, p, joint):
    """ln of (C_t for HOLDS, C_t for VIOLATED) from the two sides' indicators, each with its number of requests."""
    both = {(i, j): 0 for i in (0, 1) for j in (0, 1)}
    for (i, times), (j, _) in zip(control, arm):
        both[i, j] += times
    if joint:
        cells = [both[1, 1], both[1, 0], both[0, 1], both[0, 0]]
        return log_mixture(joint_bets(p, 1), cells), log_mixture(joint_bets(p, -1), cells)
    n = sum(both.values())
    return pair(n, both[0, 1], both[1, 0], Decimal(0))


def latency(requests, p, ratio, joint):
    """Requests are (control's ms, arm's ms, times). Edges stand at 0.1 ms * ratio^(t/8), the last one at infinity."""
    n = sum(times for _, _, times in requests)
    growth = (ratio.ln() / 8).exp()
    edges = [dec(".1")]
    while edges[-1] < 100_000 * growth:
        edges.append(edges[-1] * growth)
    ratio_of = lambda edge: edge * ratio
    beyond = Decimal("Infinity")
    shares = MOSTLY_HERE if joint else THIRDS
    ups, downs = [], []
    for t in range(len(edges) + 1):
        edge = edges[t] if t < len(edges) else beyond
        before = edges[t - 1] if t > 0 else Decimal(-1)
        exceed = sum(times for control, _, times in requests if control > edge)
        exceed_before = sum(times for control, _, times in requests if control > before)
        too_low = ln(shares[0]) + rate(n, exceed, ONE - p)[0]
        too_high = ln(shares[1]) + rate(n, exceed_before, ONE - p)[1]
        inside = [(int(control <= edge), times) for control, _, times in requests]
        arm_inside = [(int(edge == beyond or arm <= ratio_of(edge)), times) for _, arm, times in requests]
        inside_before = [(int(control <= before), times) for control, _, times in requests]
        # VIOLATED asks for ratio * growth * (the edge before), which is ratio * this edge.
        obeys = here(inside, arm_inside, p, joint)[0]
        breaks = here(inside_before, arm_inside, p, joint)[1]
        downs.append(log_sum([too_low, too_high, ln(shares[2]) + obeys]))
        ups.append(log_sum([too_low, too_high, ln(shares[2]) + breaks]))
    return min(ups), min(downs)


# --- DIFFERENT: eight discordant-pair tests, of which each may speak ------------------------------------------------------


def different(requests):
    """Requests are (arm's distance, control's distance, arm flipped, control flipped, times)."""
    logs = []
    tests = [lambda a, c, fa, fc, level=dec(level): (a > level, c > level) for level in (".001", ".003", ".01", ".03", ".1", ".3")]
    tests += [lambda a, c, fa, fc: (fa, fc), lambda a, c, fa, fc: (a > c, c > a)]
    for test in tests:
        against = [(test(a, c, fa, fc), times) for a, c, fa, fc, times in requests]
        b = sum(times for (arm, control), times in against if arm and not control)
        c = sum(times for (arm, control), times in against if control and not arm)
        logs.append(mcnemar(b, c))
    return log_mean(logs)


# --- late onset: R_g <- (1 + R_g) * (what bet g gained in the bucket), R = sum of weight_g R_g -------------------------


def late_onset(buckets, m):
    up, _ = rate_bets(m)
    total = sum(weight for weight, _ in up)
    states = [Decimal(0)] * len(up)
    logs = []
    for n, hits in buckets:
        states = [(ONE + r) * f[0] ** (n - hits) * f[1] ** hits for r, (_, f) in zip(states, up)]
        logs.append(sum(w * r for r, (w, _) in zip(states, up)) / total)
    return [r.ln() for r in logs]


# --- random counts ----------------------------------------------------------------------------------------------------


def size(rng, most):
    return max(1, int(most ** rng.random()))


def hits_of(rng, n, m):
    """None, all, near the limit, or anything."""
    way = rng.random()
    if way < 0.15:
        return 0
    if way < 0.2:
        return n
    if way < 0.75:
        return min(n, int(n * m * rng.choice([0.1, 0.5, 0.9, 1, 1.2, 2, 5]) * (0.8 + 0.4 * rng.random())))
    return rng.randint(0, n)


def weights_of(rng, points, n):
    """Some observations, each at two neighbouring points, as weights of 1024 in all."""
    weights = [0] * points
    left = n
    while left > 0:
        times = min(left, size(rng, n))
        at = min(points - 2, int(abs(rng.gauss(0, points / 3)))) if points < 30 else min(43, max(0, int(rng.gauss(22, 6))))
        right = rng.randint(0, 1024)
        weights[at] += times * (1024 - right)
        weights[at + 1] += times * right
        left -= times
    return weights


def score_pairs(rng):
    jitter = rng.choice([0, 0.005, 0.03, 0.2, None])
    found = []
    for _ in range(rng.randint(3, 40)):
        before = round(rng.random(), 3)
        arm = round(rng.random(), 3) if jitter is None else round(min(1, max(0, before + rng.gauss(0, jitter))), 3)
        found.append([before, arm, size(rng, 300)])
    return found


def latency_pairs(rng):
    times = rng.choice([1, 1, 1.1, 1.2, 1.35, 1.6])
    found = []
    for _ in range(rng.randint(5, 30)):
        control = 20 * 2.718 ** (0.5 * rng.gauss(0, 1))
        arm = control * times * 2.718 ** (0.1 * rng.gauss(0, 1))
        found.append([round(control, 4), round(arm, 4), size(rng, 60)])
    return found


def numbers(logs):
    return [float(log) for log in logs]


def cases():
    rng = random.Random(SEED)
    found = {"rate": [], "pair": [], "mcnemar": [], "mean": [], "bias": [], "hat": [], "ks": [], "latency": [], "onset": []}
    for _ in range(400):
        m = rng.choice([0.0005, 0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.3, 0.5, 0.75, 0.95])
        n = size(rng, 2_000_000)
        hits = hits_of(rng, n, m)
        found["rate"].append([n, hits, m, *numbers(rate(n, hits, dec(m)))])
    for _ in range(300):
        t = rng.choice([0.001, 0.005, 0.01, 0.02, 0.05, 0.2, 0.6])
        n = size(rng, 1_000_000)
        b = hits_of(rng, n, t)
        c = min(n - b, hits_of(rng, n, rng.choice([0.001, 0.01, 0.05])))
        found["pair"].append([n, b, c, t, *numbers(pair(n, b, c, dec(t)))])
    for _ in range(100):
        b, c = size(rng, 20_000), size(rng, 20_000)
        b, c = rng.choice([(b, c), (0, c), (b, 0), (b, int(b * 0.9))])
        found["mcnemar"].append([b, c, float(mcnemar(b, c))])
    for signed, key in ((False, "mean"), (True, "mean"), (True, "bias")):
        for _ in range(60):
            m = rng.choice([0.001, 0.005, 0.01, 0.023, 0.05, 0.2, 0.7])
            weights = weights_of(rng, 45 if signed else 23, size(rng, 200_000))
            logs = bias(weights, dec(m)) if key == "bias" else mean(weights, dec(m), signed)
            found[key].append({"weights": weights, "tolerance": m, "logs": numbers(logs)})
    for _ in range(150):
        signed = rng.random() < 0.5
        x = round(rng.choice([1, 0.1, 0.01]) * (rng.uniform(-1, 1) if signed else rng.random()), 7)
        found["hat"].append([x, int(signed), *hat(dec(x), signed)])
    for _ in range(24):
        tau = rng.choice([0.01, 0.02, 0.05, 0.1])
        pairs = score_pairs(rng)
        exact = [(dec(before), dec(arm), times) for before, arm, times in pairs]
        found["ks"].append({"pairs": pairs, "tolerance": tau, "logs": numbers(paired_ks(exact, dec(tau)))})
    for index in range(12):
        joint = index % 2 == 0
        p, ratio = rng.choice([0.5, 0.9]), rng.choice([1.2, 1.2, 1.1, 1.5])
        requests = latency_pairs(rng)
        exact = [(dec(control), dec(arm), times) for control, arm, times in requests]
        logs = latency(exact, dec(p), dec(ratio), joint)
        found["latency"].append(
            {"requests": requests, "joint": joint, "quantile": p, "ratio": ratio, "logs": numbers(logs)}
        )
    for _ in range(12):
        m = rng.choice([0.001, 0.01, 0.05])
        rates = [m * rng.choice([0.1, 0.5, 1]), m * rng.choice([0.5, 1.5, 4])]
        buckets = []
        for bucket in range(30):
            n = rng.randint(20, 300)
            buckets.append([n, sum(rng.random() < rates[bucket // 15] for _ in range(n))])
        found["onset"].append({"buckets": buckets, "tolerance": m, "logs": numbers(late_onset(buckets, dec(m)))})
    found["different"] = []
    for _ in range(24):
        spread = [rng.choice([0.001, 0.004, 0.02, 0.1]) * times for times in (rng.choice([1, 1, 1.5, 3]), 1)]
        requests = []
        for _ in range(rng.randint(1, 40)):
            arm, control = (round(abs(rng.gauss(0, one)), 4) for one in spread)
            requests.append([arm, control, rng.random() < 0.2, rng.random() < 0.1, size(rng, 30)])
        exact = [(dec(arm), dec(control), fa, fc, times) for arm, control, fa, fc, times in requests]
        found["different"].append({"requests": requests, "log": float(different(exact))})
    return found


if __name__ == "__main__":
    print(json.dumps({"seed": SEED, **cases()}))
