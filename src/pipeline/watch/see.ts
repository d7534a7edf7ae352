// What the watches see of one production exchange, whether or not runs could compare it: decoded as far as it can be, one row of a batch
// chosen by keyed hash, each part read only when a watch asks for it.
import { predict } from '../../core/decide/index.ts';
import { hashFraction, type SipKey } from '../../core/random.ts';
import type { WatchClaim } from '../../core/watch/claim.ts';
import type { FeatureValue, Sight } from '../../core/watch/index.ts';
import type { Codec } from '../../io/ports.ts';
import type {
  Decision,
  InputFeature,
  ModelAnswer,
  ModelRequest,
  Prediction,
  RawExchange,
  Tensor,
  TensorValue,
} from '../../model.ts';
import { fingerprintOf } from '../fingerprint.ts';
import type { ReadExchange } from '../read-exchange.ts';

export type Judgeable = Exclude<ReadExchange, { type: 'ignored' }>;

export interface SeeOptions {
  readonly codec: Codec;
  readonly decisions: readonly Decision[];
  readonly key: SipKey;
}

/** How one claim after the other sees this exchange. Total: what cannot be decoded is not there. */
export function createSee({ codec, decisions, key }: SeeOptions) {
  const outputs = new Set(decisions.map(({ output }) => output));
  return (raw: RawExchange, read: Judgeable): ((claim: WatchClaim) => Sight) => {
    const known = read.type === 'comparable' ? read.exchange : null;
    const request = known?.request ?? attempt(() => codec.decodeRequest(raw.request));
    const isAnswered = raw.answer.status >= 200 && raw.answer.status <= 299;
    const answer = known?.answer ?? (isAnswered ? attempt(() => codec.decodeAnswer(raw.answer)) : null);
    const asked = request === null ? 1 : codec.rowsOf(request);
    const id = known?.id ?? (read.type === 'comparable' ? '' : read.id);
    const row = asked > 1 ? Math.floor(hashFraction(key, id) * asked) : 0;
    const place = { row, rows: asked };
    const predictionOf = remember((decision: Decision) => predictionAt(answer, { decision, ...place }));
    const question = once(() => (request === null ? null : fingerprintOf(request)));
    const rows = request === null || answer === null ? null : { asked, answered: rowsOf(answer, { asked, outputs }) };
    return ({ features, decision, lookIn }) => ({
      features: features.map((feature) => featureAt(tensorsOf(lookIn, { request, answer }), feature, place)),
      prediction: decision === null ? null : predictionOf(decision),
      rows,
      question,
    });
  };
}

function attempt<Value>(decode: () => Value): Value | null {
  try {
    return decode();
  } catch {
    return null;
  }
}

function tensorsOf(
  lookIn: WatchClaim['lookIn'],
  { request, answer }: { request: ModelRequest | null; answer: ModelAnswer | null },
): readonly Tensor[] {
  return (lookIn === 'request' ? request?.inputs : answer?.outputs) ?? [];
}

interface Place {
  readonly row: number;
  readonly rows: number;
}

function featureAt(tensors: readonly Tensor[], { tensor: name, index }: InputFeature, place: Place): FeatureValue {
  const tensor = tensors.find((one) => one.name === name);
  if (tensor === undefined) return undefined;
  const values = rowValues(tensor, place);
  if (index !== null) return values[index];
  return values.length > 1 ? values : values[0];
}

/** The values of one row; none where the tensor has no such row. */
function rowValues({ data }: Tensor, { row, rows }: Place): readonly TensorValue[] {
  const width = data.length / rows;
  return Number.isInteger(width) ? data.slice(row * width, (row + 1) * width) : [];
}

function predictionAt(
  answer: ModelAnswer | null,
  { decision, ...place }: Place & { readonly decision: Decision },
): Prediction | null {
  const tensor = answer?.outputs.find(({ name }) => name === decision.output);
  if (answer === null || tensor === undefined) return null;
  const isWhole = place.rows === 1;
  const shape = [1, ...(tensor.shape.length > 1 ? tensor.shape.slice(1) : [])];
  const outputs = [isWhole ? tensor : { ...tensor, shape, data: rowValues(tensor, place) }];
  const read = predict(decision, { ...answer, outputs });
  return 'problem' in read ? null : read;
}

/** Rows of the outputs that decisions read: as many as asked, or the number of the first that differs; 0 without any. */
function rowsOf(
  { outputs: all }: ModelAnswer,
  { asked, outputs }: { asked: number; outputs: ReadonlySet<string> },
): number {
  const counts = all
    .filter(({ name }) => outputs.has(name))
    .map(({ shape, data }) => {
      // One dimension holds the rows, or the values of the only row.
      if (shape.length < 2) return asked === 1 && data.length > 0 ? 1 : (shape[0] ?? data.length);
      return shape[0] ?? 0;
    });
  return counts.find((count) => count !== asked) ?? (counts.length === 0 ? 0 : asked);
}

function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | null = null;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

function remember<Key, Value>(make: (key: Key) => Value): (key: Key) => Value {
  const known = new Map<Key, Value>();
  return (key) => {
    if (!known.has(key)) known.set(key, make(key));
    return known.get(key) as Value;
  };
}
