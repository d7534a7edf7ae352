// What may stand in a tensor of each Open Inference Protocol datatype when it travels as JSON.
// Integers are checked against their range; a missing number (null) is a float's privilege.
import type { Datatype, TensorValue } from '../../../model.ts';

interface DatatypeRule {
  /** Completes "requires …". */
  readonly allowed: string;
  /** The value as it is kept, or undefined when it may not stand there. */
  accept(value: unknown): TensorValue | undefined;
}

function integerRule(bits: number, isSigned: boolean): DatatypeRule {
  const low = isSigned ? -(2n ** BigInt(bits - 1)) : 0n;
  const high = isSigned ? 2n ** BigInt(bits - 1) - 1n : 2n ** BigInt(bits) - 1n;
  const lowNumber = Number(low);
  const highNumber = Number(high);
  return {
    allowed: `whole numbers from ${low} to ${high}`,
    accept: (value) => {
      // A number beyond 2^53 was already rounded by whoever made it: the reader hands those over as bigint.
      if (typeof value === 'number')
        return Number.isSafeInteger(value) && value >= lowNumber && value <= highNumber ? value : undefined;
      return typeof value === 'bigint' && value >= low && value <= high ? value : undefined;
    },
  };
}

const floatRule: DatatypeRule = {
  allowed: 'numbers, NaN, Infinity, -Infinity, or null for a missing one',
  accept: (value) => {
    if (typeof value === 'number' || value === null) return value;
    return typeof value === 'bigint' ? Number(value) : undefined;
  },
};

const rules: Readonly<Record<Datatype, DatatypeRule>> = {
  BOOL: { allowed: 'true or false', accept: (value) => (typeof value === 'boolean' ? value : undefined) },
  UINT8: integerRule(8, false),
  UINT16: integerRule(16, false),
  UINT32: integerRule(32, false),
  UINT64: integerRule(64, false),
  INT8: integerRule(8, true),
  INT16: integerRule(16, true),
  INT32: integerRule(32, true),
  INT64: integerRule(64, true),
  FP16: floatRule,
  FP32: floatRule,
  FP64: floatRule,
  BYTES: { allowed: 'strings', accept: (value) => (typeof value === 'string' ? value : undefined) },
};

export const datatypes = Object.keys(rules) as readonly Datatype[];

export function isDatatype(name: unknown): name is Datatype {
  return typeof name === 'string' && Object.hasOwn(rules, name);
}

export function ruleOf(datatype: Datatype): DatatypeRule {
  return rules[datatype];
}
