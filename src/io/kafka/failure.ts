// What a rejection of the client library means: a broker away, a request that no retry helps, or a member whose time is over.
import { messageOf, PenumbraError } from '../../errors.ts';

interface LibraryError extends Error {
  readonly retriable?: boolean;
  /** The broker's own name of the error. */
  readonly type?: string;
  readonly cause?: unknown;
}

/** The membership under which something was asked is over. */
const fencedTypes = new Set(['ILLEGAL_GENERATION', 'UNKNOWN_MEMBER_ID', 'REBALANCE_IN_PROGRESS', 'FENCED_INSTANCE_ID']);

/** kafkajs would try these again for good; who names a topic that is not there has to be told. */
const refusedTypes = new Set(['UNKNOWN_TOPIC_OR_PARTITION', 'INVALID_TOPIC_EXCEPTION']);

const refusedNames = new Set([
  'KafkaJSSASLAuthenticationError',
  'KafkaJSNotImplemented',
  'KafkaJSUnsupportedMagicByteInMessageSet',
]);

/** kafkajs gives these up; what it sends is well-formed, so a broker that says this is between two states of a group. */
const passingTypes = new Set(['INVALID_REQUEST']);

const loginTypes = new Set(['SASL_AUTHENTICATION_FAILED', 'UNSUPPORTED_SASL_MECHANISM', 'ILLEGAL_SASL_STATE']);

export function isLoginRefused(thrown: unknown): boolean {
  return chainOf(thrown).some(
    ({ name, type }) => name === 'KafkaJSSASLAuthenticationError' || (type !== undefined && loginTypes.has(type)),
  );
}

/** A connection that was not made, or broke off before anything could be asked; or a login that was not taken. */
export function isAboutAccess(thrown: unknown): boolean {
  return isLoginRefused(thrown) || chainOf(thrown).some(({ name }) => name.startsWith('KafkaJSConnection'));
}

export function isFenced(thrown: unknown): boolean {
  return chainOf(thrown).some(({ type }) => type !== undefined && fencedTypes.has(type));
}

/** KAFKA_UNAVAILABLE when trying again later can help, else KAFKA_REFUSED. */
export function failureOf(thrown: unknown, asked: string): PenumbraError {
  if (thrown instanceof PenumbraError) return thrown;
  const chain = chainOf(thrown);
  const root = chain.at(-1);
  const isRefused =
    chain.some(({ type }) => type !== undefined && refusedTypes.has(type)) ||
    chain.some(({ name }) => refusedNames.has(name)) ||
    (root?.type !== undefined && root.retriable === false && !passingTypes.has(root.type));
  const code = isRefused ? 'KAFKA_REFUSED' : 'KAFKA_UNAVAILABLE';
  const detail = root?.type ? `${root.type}, ${messageOf(root)}` : messageOf(root ?? thrown);
  return new PenumbraError(code, `Kafka could not ${asked}: ${detail}`);
}

/** The error and what caused it, at most ten deep. */
function chainOf(thrown: unknown): readonly LibraryError[] {
  const chain: LibraryError[] = [];
  for (let next = thrown; next instanceof Error && chain.length < 10; next = next.cause) chain.push(next);
  return chain;
}
