// What `penumbra chaos --help` teaches: what the suite does, how a config says it, and what its answer means.

export const chaosHelp = `
Example:
  penumbra chaos --config config/chaos.yaml --html card.html --json card.json

The section "chaos" of the config (validate checks it with line and column):
  chaos:
    versions:                       # the first is the one in production; the others are compared with it
      v1: {onnx: models/v1.onnx}    # run in process, or {url: http://…}: a replica, never production itself
      v2: {onnx: models/v2.onnx}
    traffic: {recording: recording.jsonl.gz, requests: 2000}    # or rows: FILE; penumbra replay --help says what a recording is
    features: [dep_delay, temp]     # all declared inputs unless written
    faults:                         # "each" stands for the feature whose turn it is
      zero:  {perturb: [{zero: each}]}
      drop:  {perturb: [{drop: each, share: 50%}]}
      late:  {faults: [{delay: 300ms, share: 10%}]}             # without "each": done to the whole request
    expect:                         # "all", a fault, or fault.feature: what is closest wins
      all: {flip: at most 5%, silentWrong: at most 5%, confidenceFall: at most 20%}
      zero.dep_delay: {flip: at least 2%}                       # sensitive: no change would be the alarm
      drop: {silentWrong: at most 1%, relation: loud}           # it must fail, not guess

Each version first answers every request untouched; under a fault it is compared with those answers, so a cell is about the
version itself and "more fragile" is no other word for "another model". One experiment per version and feature, one after the
other, each with an untouched control and one arm per fault, judged by the engine that serve and replay run.
Blast radius: recorded traffic only; production is never asked, at most "inFlight" requests are open, "requests" are sent to
each arm. Stop conditions: a control that fails on more than 5 % of its requests ends its version; "maxTime" ends the suite.
What did not run is UNDECIDED with the interval [0, 1]. Ctrl-C ends everything and leaves nothing behind.
The error budget of VIOLATED is shared over all cells of a version; ratios between versions hold all together.

Live traffic: {live: {maxTime: 10m, share: 20%}, requests: 500} runs the suite within penumbra serve, on what production gets:
    stopWhen: [production.p99 above 250ms]                    # required: ends the whole suite, ABORTED
    budget: {requests: 20 per second}                         # the blast radius of every cell
    schedule: {at: "0 3 * * 6", zone: Europe/Berlin}          # by itself; or at once, from here:
  penumbra chaos --config penumbra.yaml --comparator http://127.0.0.1:9090 --html card.html
One experiment per cell, one after the other: the version untouched, and beside it the same version under the fault. The
kill switch ends the suite, and so does Ctrl-C here. GET /v1/chaos has the latest card.

Exit codes: 0 every expectation holds; 10 some are violated; 11 none is violated and some are undecided; 15 ABORTED; 1 it could not be done
(standard error says why); 64 wrong usage; 130 interrupted. With --exit-zero a finished card is always 0.`;
