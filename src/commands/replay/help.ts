// What `penumbra replay --help` teaches: what a recording is, how to make one, and how to read what comes out.

export const replayHelp = `
A recording holds one exchange a line, in the form in which POST /v1/exchanges takes it (arrivedAt is required):
  {"id": "r1", "arrivedAt": "2026-03-01T08:00:00.120Z", "latencyMs": 12.5,
   "request": {"path": "/v2/models/flight-delay/infer", "headers": {}, "body": {"inputs": [{"name": "features", …}]}},
   "answer": {"status": 200, "body": {"model_name": "flight-delay", "model_version": "v1", "outputs": [{…}]}}}
all on one line. arrivedAt is RFC 3339 or epoch milliseconds, and lines stand in its order. A body that is a string is taken
verbatim. A line that cannot be used is reported with its number and counted; the rest goes on.
A capture of GoReplay is known by how it begins: its requests and answers (--input-raw-track-response) are joined by their id,
what was answered to a replay is passed over, and every request without an answer is reported. Several files of one capture:
cat requests_*.gor > capture.gor

Example: record a model's answers to real requests, with curl and jq, and try the next version on them:
  penumbra pod --model models/flight-delay-v1.onnx --listen 127.0.0.1:8080 &
  zcat models/flight-stream.jsonl.gz | head -2000 | while read -r row; do
    asked=$(jq -c '{id: .key, inputs: [{name: "features", shape: [1, 16], datatype: "FP32", data: .features}]}' <<< "$row")
    answer=$(curl -s http://127.0.0.1:8080/v2/models/flight-delay/infer -H 'content-type: application/json' -d "$asked")
    jq -nc --argjson asked "$asked" --argjson answer "$answer" '{id: $asked.id, arrivedAt: (now * 1000 | floor), latencyMs: 5,
      request: {path: "/v2/models/flight-delay/infer", body: $asked}, answer: {status: 200, body: $answer}}'
  done | gzip > recording.jsonl.gz
  penumbra replay recording.jsonl.gz --config penumbra.yaml --experiment release

Time is the recording's: buckets close and budgets count by arrivedAt, so a recording faster than its budget is skipped in part,
as live. Delays and deadlines of arms are real. The whole recording is compared: maxTime, maxPairs, stop conditions and
early decisions do not end it; only the first requests warm the arms up and are not judged (warmUp, 50 unless written). Arms at URLs must be running; ONNX files run in process; production itself is never asked.
Verdicts may be looked at at any time. The fixed-sample tests hold once, because the recording was finished before the look.
Tolerances from a recording: penumbra plan penumbra.yaml --recording recording.jsonl.gz
Exit codes: 0 done, whatever the verdicts; 1 it could not be done (standard error says why); 64 wrong usage.`;
