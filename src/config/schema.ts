// The shape of a config, section by section: every key with its meaning and its default. `validate` checks against these,
// and the README's table of keys is printed from them. Keys that are designed but not built yet are refused by name.
import { Type } from 'typebox';
import { duration, listen, rate, scale, share, text, url, whole } from './fields.ts';

const closed = (options: { notYet?: string[] } = {}) => ({ additionalProperties: false, ...options });
const anything = (description: string) => Type.Unknown({ description });

export const topSchema = Type.Object(
  {
    service: text('the name of the model service, as people call it'),
    production: anything('where the live model answers and what it promises'),
    inputs: Type.Optional(anything('the model inputs: {card: FILE} or a list of features')),
    decisions: anything('what is read out of an answer, by name'),
    source: Type.Optional(anything('where exchanges come from')),
    seed: text('changes which requests are chosen wherever a share is taken', { default: '1' }),
    alpha: share('how often one HOLDS, and anything VIOLATED in a whole run, may be wrong', { default: '1%' }),
    bucket: duration('evidence is counted and judged per this stretch of time', { default: '10s' }),
    joinDeadline: Type.Optional(
      duration('how long after a bucket ends its late answers still count; by default the longest arm deadline + 1s'),
    ),
    id: text('where the id of an exchange stands: "header NAME" or "body id"', { default: 'header x-request-id' }),
    truthWindow: duration('how long a pair waits for its true outcome', { default: '24h' }),
    samples: Type.Optional(anything('how many divergent pairs are kept to look at')),
    segments: Type.Optional(anything('parts of the traffic that can be judged on their own, by name')),
    dependencies: Type.Optional(anything('what stands behind the shadow pods, reached through a fault proxy, by name')),
    blastRadius: Type.Optional(anything('the most load that all experiments together may cause; no cap unless said')),
    experiments: Type.Optional(anything('the experiments, by name')),
    chaos: Type.Optional(anything('the suite of experiments that penumbra chaos runs on recorded traffic')),
    watch: Type.Optional(anything('what is watched on production itself, without any shadow')),
    alerts: Type.Optional(anything('where alerts go')),
    drill: Type.Optional(anything('a regression planted on purpose, to see whether its alert arrives')),
    api: Type.Optional(anything('where the API and the page listen')),
    pipelines: Type.Optional(anything('release pipelines that ask by webhook: {github: …}')),
    store: Type.Optional(anything('where evidence is kept')),
    scale: Type.Optional(anything('many comparators on a Kafka topic, and one judge of their counts')),
  },
  closed({ notYet: ['include'] }),
);

export const productionSchema = Type.Object(
  {
    url: url('where the live model answers'),
    protocol: text('the inference protocol it speaks'),
    slo: Type.Object(
      { latency: duration('an answer later than this breaks the promise') },
      closed({ notYet: ['errors'] }),
    ),
    version: Type.Optional(text('the version in production, only when its answers carry none')),
    degradedWhen: Type.Optional(
      anything('how the service marks an honest fallback: {header: NAME}, {at: /pointer} or {status: 203}'),
    ),
    json: Type.Optional(anything('protocol json: which requests are calls, and where their id and the version stand')),
  },
  closed(),
);

export const jsonProtocolSchema = Type.Object(
  {
    calls: Type.Array(text('a method and a path: POST /score; * stands for one segment, ** for anything'), {
      minItems: 1,
      maxItems: 20,
      default: ['POST /**'],
    }),
    model: Type.Optional(text('the name of the model; by default the service')),
    version: Type.Optional(text('a JSON Pointer to the version in an answer, such as /model/version')),
    id: Type.Optional(text('a JSON Pointer to the id in a request, such as /request_id')),
  },
  closed(),
);

export const degradedSchema = Type.Object(
  {
    header: Type.Optional(text('a header of the answer')),
    at: Type.Optional(text('a JSON Pointer into the answer')),
    status: Type.Optional(Type.Integer({ minimum: 200, maximum: 299 })),
    is: Type.Optional(Type.Union([Type.String(), Type.Number(), Type.Boolean()])),
  },
  closed(),
);

export const inputsCardSchema = Type.Object({ card: text('a JSON file with the list `inputs`') }, closed());

export const inputSchema = Type.Object(
  {
    name: text('how people call the feature'),
    at: Type.Optional(text('the tensor that is the feature, or its column: "features[3]"; by default the name')),
    type: Type.Enum(['number', 'integer', 'string', 'boolean'], { default: 'number' }),
    range: Type.Optional(Type.Array(Type.Number(), { minItems: 2, maxItems: 2 })),
    default: Type.Optional(anything('the value a service uses when it does not know better')),
    zeroIsLegal: Type.Boolean({ default: true, description: 'whether 0 is an ordinary value of this feature' }),
    group: Type.Optional(text('features of one group are perturbed together: zero: group weather')),
    spread: Type.Optional(
      Type.Number({ exclusiveMinimum: 0, description: 'standard deviation of its ordinary values, in its own unit' }),
    ),
    size: Type.Optional(whole('the length of a vector, where the shape of its tensor does not say it', { minimum: 1 })),
    older: Type.Optional(anything('values of an older version: {file: FILE, key: the input that names the entity}')),
  },
  closed(),
);

export const decisionSchema = Type.Object(
  {
    output: text('the output tensor, or one column of it: "probabilities[:,1]"'),
    label: Type.Optional(
      text('"above 0.5" for a score, "argmax" for class scores; absent when the output is the label itself'),
    ),
    kind: Type.Optional(
      anything('binary, classes, label, regression, vector, ranking or text, when the label does not say it'),
    ),
    scale: Type.Optional(scale('regression: the range of ordinary values')),
    top: Type.Optional(whole('ranking: how many places count, from the first; 10 by default', { minimum: 1 })),
    material: Type.Optional(
      anything(
        'the smallest change that matters: 0.05 of a score, 5% of the scale, or a distance of vectors, rankings or texts',
      ),
    ),
  },
  closed({ notYet: ['bar'] }),
);

export const segmentationSchema = Type.Object(
  {
    at: Type.Optional(text('a JSON Pointer into the request, such as /parameters/tenant')),
    header: Type.Optional(text('a request header')),
    input: Type.Optional(text('a declared input')),
    values: Type.Optional(Type.Array(text('a value'), { minItems: 1, maxItems: 200 })),
    edges: Type.Optional(Type.Array(Type.Number(), { minItems: 1, maxItems: 50 })),
    most: Type.Integer({
      minimum: 1,
      maximum: 200,
      default: 20,
      description: 'most values that become series by appearing',
    }),
    atLeast: whole('requests in one bucket that make a value a series', { minimum: 1, default: 10 }),
  },
  closed(),
);

export const sourceSchema = Type.Object(
  {
    tap: Type.Optional(anything('the in-path relay that copies live traffic')),
    http: Type.Boolean({ default: true, description: 'whether exchanges may be posted to /v1/exchanges' }),
    cloudevents: Type.Optional(anything('the events of KServe’s or Seldon’s logger, posted to /v1/cloudevents; true')),
    mirror: Type.Optional(anything('requests that Envoy, Istio, nginx or a Gateway mirrors: {listen: host:port}')),
    file: Type.Optional(anything('a recording instead of live traffic: {path: FILE, speed: recorded}')),
    kafka: Type.Optional(anything('a Kafka topic of whole exchanges: {brokers: [host:port], topic: NAME}')),
    join: Type.Optional(anything('how requests and answers that come apart find each other')),
  },
  closed(),
);

export const samplesSchema = Type.Object(
  {
    maxPerRun: whole('most divergent pairs kept per run', { minimum: 0, default: 50 }),
    features: Type.Enum(['declared', 'none'], { default: 'declared' }),
    keepFor: duration('deleted after this time', { default: '7d' }),
  },
  closed(),
);

export const apiSchema = Type.Object(
  {
    listen: listen('where API, metrics and page listen', { default: '127.0.0.1:9090' }),
    token: Type.Optional(text(`a reference to the bearer token: \${file:/path} or \${env:NAME}`)),
    tokens: Type.Optional(anything('instead of it a token for each scope: {read, operate, approve}')),
    publicUrl: Type.Optional(url('how people reach the API from elsewhere')),
  },
  closed(),
);

export const storeSchema = Type.Object({ path: text('the SQLite file', { default: './data/penumbra.db' }) }, closed());

export const experimentSchema = Type.Object(
  {
    arms: anything('the shadow arms, by name'),
    expect: anything('what is expected of them: arm.decision or arm'),
    gate: Type.Optional(anything('answers a release pipeline')),
    share: share('which part of the exchanges the experiment sees', { default: '100%' }),
    maxPairs: Type.Optional(whole('the run is complete after this many pairs', { minimum: 1 })),
    maxTime: Type.Optional(duration('the run is complete after this time; 1h by default')),
    epoch: Type.Optional(duration('judged for ever, in runs of this length, and watched for late onset: 24h, say')),
    warmUp: whole('unscored requests before counting starts', { minimum: 0, default: 50 }),
    readyTimeout: duration('how long arms may take to become ready', { default: '60s' }),
    joinDeadline: Type.Optional(duration('as at the top, for this experiment alone')),
    rows: Type.Enum(['single', 'batch'], {
      default: 'single',
      description: 'single: one row per request, batches are skipped; batch: a request of many rows is one observation',
    }),
    start: Type.Optional(Type.Enum(['with serve', 'on request'])),
    schedule: Type.Optional(anything('starts by itself at these times, and ends after a while')),
    candidates: Type.Optional(Type.Array(text('a pattern'), { minItems: 1, maxItems: 50 })),
    budget: Type.Optional(anything('the most load the experiment may cause')),
    ramp: Type.Optional(anything('the share rises in steps, in place of share: {steps: [1%, 5%, 25%], hold: 5m}')),
    allowedTimes: Type.Optional(
      anything('when copies may be sent: [Mon-Fri 09:00-17:00 Europe/Berlin]; always unless said'),
    ),
    stopWhen: Type.Optional(anything('what in production aborts the run')),
    alone: Type.Boolean({
      default: true,
      description: 'an experiment with a fault never runs beside another one, unless one of the two says false',
    }),
  },
  closed(),
);

export const gateSchema = Type.Object(
  {
    minPairs: whole('fewest pairs of the candidate before it may pass', { minimum: 1, default: 1000 }),
    maxTime: Type.Optional(duration('the run is complete after this time')),
    validFor: duration('how long a pass stays valid after the run ended', { default: '24h' }),
    staleAfter: duration('a running evaluation without new pairs for this long is stale', { default: '2m' }),
    identity: Type.Enum(['checked', 'unchecked'], { default: 'checked' }),
  },
  closed(),
);

export const armSchema = Type.Object(
  {
    target: Type.Optional(anything('{url: …}, {onnx: FILE}, {command: …} or production')),
    role: Type.Optional(Type.Enum(['control', 'candidate', 'fault'])),
    perturb: Type.Optional(anything('changes made to the request')),
    faults: Type.Optional(anything('faults of transport, dependencies and process')),
    hooks: Type.Optional(anything('commands that do a process fault to a pod which penumbra does not start')),
    deadline: Type.Optional(duration('an answer later than this is a timeout')),
    allowLoadOnProduction: Type.Optional(rate('needed with `target: production`')),
  },
  closed({ notYet: ['share', 'process', 'sideEffects'] }),
);

export const urlTargetSchema = Type.Object(
  {
    url: url('where the arm answers'),
    headers: Type.Optional(anything('headers to add; secrets as references')),
    forward: Type.Optional(
      Type.Array(text('the name of a header of the original request'), {
        maxItems: 32,
        description:
          'headers of production’s request that reach this shadow besides those that say how its body is to be read; none unless named',
      }),
    ),
    version: Type.Optional(text('its version, only when its answers carry none')),
  },
  closed({ notYet: ['path', 'model'] }),
);

export const onnxTargetSchema = Type.Object({ onnx: text('an ONNX file, run in process') }, closed());
