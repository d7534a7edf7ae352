// The few header fields that are read, and what they mean together: where the message ends, whether another follows, and
// which request of the pod it belongs to.

export interface RequestHead {
  readonly line: string;
  readonly method: string;
  readonly target: string;
  readonly contentLength: number | null;
  readonly isChunked: boolean;
  readonly saysClose: boolean;
  readonly expectsContinue: boolean;
  /** The id the caller gave this request, or its trace; null without one. */
  readonly requestId: string | null;
  /** The arm of a forwarded `x-shadow: RUN/ARM`, or of the baggage member penumbra-arm; null without either. */
  readonly arm: string | null;
}

export interface AnswerHead {
  readonly status: number;
  readonly contentLength: number | null;
  readonly isChunked: boolean;
  /** There is a Transfer-Encoding, chunked or not. */
  readonly codings: boolean;
  readonly saysClose: boolean;
}

/** As read so far. */
export interface Fields {
  contentLength: number | null;
  codings: string | null;
  connection: string;
  expect: boolean;
  requestId: string | null;
  trace: string | null;
  arm: string | null;
  baggage: string | null;
}

/** No two of one length. */
const readNames = [
  'content-length',
  'transfer-encoding',
  'connection',
  'expect',
  'x-request-id',
  'traceparent',
  'x-shadow',
  'baggage',
];
const namesByLength: (string | undefined)[] = [];
for (const name of readNames) namesByLength[name.length] = name;

/** The one name of this length that is read, in lower case: most headers are done here. */
export function readNameOfLength(length: number): string | null {
  return namesByLength[length] ?? null;
}

export function createFields(): Fields {
  return {
    contentLength: null,
    codings: null,
    connection: '',
    expect: false,
    requestId: null,
    trace: null,
    arm: null,
    baggage: null,
  };
}

/** Null when where it ends cannot be trusted. */
export function requestHeadOf(
  { line, method, target, isOld }: { line: string; method: string; target: string; isOld: boolean },
  fields: Fields,
): RequestHead | null {
  const isChunked = fields.codings !== null && endsChunked(fields.codings);
  if (fields.codings !== null && (!isChunked || fields.contentLength !== null || isOld)) return null;
  return {
    line,
    method,
    target,
    contentLength: fields.contentLength,
    isChunked,
    saysClose: isLast(fields, isOld),
    expectsContinue: fields.expect,
    requestId: fields.requestId ?? fields.trace,
    arm: fields.arm ?? (fields.baggage === null ? null : armInBaggage(fields.baggage)),
  };
}

/** Null when where it ends cannot be trusted. */
export function answerHeadOf({ status, isOld }: { status: number; isOld: boolean }, fields: Fields): AnswerHead | null {
  const isChunked = fields.codings !== null && endsChunked(fields.codings);
  if (isChunked && fields.contentLength !== null) return null;
  return {
    status,
    contentLength: fields.contentLength,
    isChunked,
    codings: fields.codings !== null,
    saysClose: isLast(fields, isOld),
  };
}

/** False when the message cannot be trusted. */
export function readField(fields: Fields, name: string, value: string): boolean {
  switch (name) {
    case 'content-length': {
      const length = /^\d{1,15}$/.test(value) ? Number(value) : null;
      if (length === null || (fields.contentLength !== null && fields.contentLength !== length)) return false;
      fields.contentLength = length;
      return true;
    }
    case 'transfer-encoding':
      fields.codings = fields.codings === null ? value : `${fields.codings},${value}`;
      return true;
    case 'connection':
      fields.connection += `,${value.toLowerCase()}`;
      return true;
    case 'expect':
      fields.expect = true;
      return true;
    case 'x-request-id':
      fields.requestId = value || null;
      return true;
    case 'traceparent':
      // version-trace-span-flags: the trace is what the calls of one request share.
      fields.trace = value.split('-')[1] || null;
      return true;
    case 'x-shadow':
      fields.arm = value.includes('/') ? value.slice(value.indexOf('/') + 1) || null : null;
      return true;
    case 'baggage':
      fields.baggage = fields.baggage === null ? value : `${fields.baggage},${value}`;
      return true;
    default:
      return true;
  }
}

/** W3C Baggage: `key=value;property,key=value`, values percent-encoded. */
function armInBaggage(baggage: string): string | null {
  const written = /(?:^|,)[ \t]*penumbra-arm[ \t]*=[ \t]*([^,;]*)/.exec(baggage)?.[1]?.trim();
  if (!written) return null;
  try {
    return decodeURIComponent(written);
  } catch {
    return written;
  }
}

function endsChunked(codings: string): boolean {
  return /(?:^|,)\s*chunked\s*$/i.test(codings);
}

function isLast({ connection }: Fields, isOld: boolean): boolean {
  if (connection === '') return isOld;
  if (connection === ',keep-alive') return false;
  const options = connection.split(',').map((option) => option.trim());
  return options.includes('close') || (isOld && !options.includes('keep-alive'));
}
