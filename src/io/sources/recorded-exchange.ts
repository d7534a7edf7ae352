// One line of a recording: the body of POST /v1/exchanges, with the same members and the same rules, as an exchange of bytes.
// Only `arrivedAt` is not optional here: what was recorded arrived at some time, and buckets are made of it.
import type { Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { PenumbraError } from '../../errors.ts';
import type { RawExchange } from '../../model.ts';
import { parseJson } from '../json.ts';
import { recordedExchangeForm, toExchange } from './exchange-form.ts';

const check = Compile(recordedExchangeForm);
const whatTime = 'arrivedAt requires epoch milliseconds or an RFC 3339 time';

/** @throws PenumbraError JSON_INVALID, EXCHANGE_INVALID, EXCHANGE_TIME_INVALID */
export function readRecordedExchange(
  source: Uint8Array | string,
  { sourceId, maxBytes }: { readonly sourceId: string; readonly maxBytes: number },
): RawExchange {
  // Said before it is parsed: of an array over many lines its first line alone is no JSON.
  if (opensArray(source))
    throw new PenumbraError('EXCHANGE_INVALID', 'a recording requires one exchange a line, not a JSON array');
  const value = parseJson(source, { maxBytes });
  if (!check.Check(value)) throw new PenumbraError('EXCHANGE_INVALID', whyWrong(value));
  return toExchange(value as Static<typeof recordedExchangeForm>, { sourceId, arrivedAt: Number.NaN });
}

function opensArray(source: Uint8Array | string): boolean {
  const start = typeof source === 'string' ? source : Buffer.from(source.buffer, source.byteOffset, source.byteLength);
  return start.slice(0, 64).toString().trimStart().startsWith('[');
}

function whyWrong(value: unknown): string {
  const [first] = check.Errors(value);
  const place = first?.instancePath.slice(1).replaceAll('/', '.') || 'the line';
  if (first?.keyword === 'required') {
    const missing = first.params.requiredProperties;
    if (missing.length === 1 && missing[0] === 'arrivedAt') return `${whatTime}, and the line has none`;
    return `${place} requires ${missing.join(', ')}`;
  }
  if (place === 'arrivedAt') return whatTime;
  if (first?.keyword === 'boolean') return `${place} is no member of an exchange`;
  return `${place} ${first?.message ?? 'is not as POST /v1/exchanges takes it'}`;
}
