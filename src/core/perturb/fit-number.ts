// Brings a computed number back into its tensor's datatype: whole numbers stay whole, nothing leaves the range, 64-bit
// integers stay exact.
import type { Datatype, TensorValue } from '../../model.ts';

const integerRange: Partial<Record<Datatype, readonly [bigint, bigint]>> = {
  UINT8: [0n, 255n],
  UINT16: [0n, 65535n],
  UINT32: [0n, 4294967295n],
  UINT64: [0n, 18446744073709551615n],
  INT8: [-128n, 127n],
  INT16: [-32768n, 32767n],
  INT32: [-2147483648n, 2147483647n],
  INT64: [-9223372036854775808n, 9223372036854775807n],
};

const floatLimit: Partial<Record<Datatype, number>> = {
  FP16: 65504,
  FP32: 3.4028234663852886e38,
  FP64: Number.MAX_VALUE,
};

/** What arithmetic applies to: missing values, NaN and infinities are left as they are. */
export function isFiniteNumber(value: TensorValue): value is number | bigint {
  return typeof value === 'bigint' || (typeof value === 'number' && Number.isFinite(value));
}

/**
 * The nearest value that the datatype can hold (a NaN stays one). BOOL becomes true for anything but 0. BYTES keeps the number's text.
 * Beyond 2^53 an integer is a bigint, as in every tensor.
 */
export function fitNumber(value: number | bigint, datatype: Datatype): TensorValue {
  if (Number.isNaN(Number(value))) return value;
  const range = integerRange[datatype];
  if (range !== undefined) return fitInteger(value, range);
  if (datatype === 'BOOL') return Number(value) !== 0;
  if (datatype === 'BYTES') return String(value);
  const limit = floatLimit[datatype] as number;
  return Math.min(limit, Math.max(-limit, Number(value)));
}

function fitInteger(value: number | bigint, [low, high]: readonly [bigint, bigint]): number | bigint {
  if (typeof value === 'number' && !Number.isFinite(value)) return exact(value > 0 ? high : low);
  const whole = typeof value === 'bigint' ? value : BigInt(Math.round(value));
  return exact(whole < low ? low : whole > high ? high : whole);
}

function exact(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** The sum; a 64-bit integer stays exact. */
export function plus(value: number | bigint, amount: number): number | bigint {
  return typeof value === 'bigint' && Number.isFinite(amount)
    ? value + BigInt(Math.round(amount))
    : Number(value) + amount;
}

/** The product. A whole factor keeps 64-bit integers exact; another one is applied in double precision. */
export function times(value: number | bigint, factor: number): number | bigint {
  if (typeof value === 'number') return value * factor;
  return Number.isSafeInteger(factor) ? value * BigInt(factor) : Number(value) * factor;
}
