// Reads out of a whole header block only what says where the message ends, whether another follows, and which request it
// belongs to. The bytes themselves are passed on as they came. What two readers could understand differently is refused.

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
}

export interface AnswerHead {
  readonly status: number;
  readonly contentLength: number | null;
  readonly isChunked: boolean;
  /** There is a Transfer-Encoding, chunked or not. */
  readonly codings: boolean;
  readonly saysClose: boolean;
}

interface Fields {
  contentLength: number | null;
  codings: string | null;
  connection: string;
  expect: boolean;
  requestId: string | null;
  trace: string | null;
}

const requestLine = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([^\s]+) HTTP\/1\.([01])$/;
const answerLine = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: .*)?$/;
const readLengths = new Set(
  ['content-length', 'transfer-encoding', 'connection', 'expect', 'x-request-id', 'traceparent'].map(
    ({ length }) => length,
  ),
);
const loneLineEnd = /\r(?!\n)|(?<!\r)\n/;

/** Null when it cannot be trusted. `text`: the block as latin1, without its empty line. */
export function readRequestHead(text: string): RequestHead | null {
  const read = readLines(text, { isFoldAllowed: false });
  const line = read && requestLine.exec(read.first);
  if (!read || !line) return null;
  const { fields } = read;
  const isChunked = fields.codings !== null && endsChunked(fields.codings);
  const isOld = line[3] === '0';
  if (fields.codings !== null && (!isChunked || fields.contentLength !== null || isOld)) return null;
  return {
    line: read.first,
    method: line[1] ?? '',
    target: line[2] ?? '',
    contentLength: fields.contentLength,
    isChunked,
    saysClose: isLast(fields, isOld),
    expectsContinue: fields.expect,
    requestId: fields.requestId ?? fields.trace,
  };
}

/** Null when it cannot be trusted. */
export function readAnswerHead(text: string): AnswerHead | null {
  const read = readLines(text, { isFoldAllowed: true });
  const line = read && answerLine.exec(read.first);
  if (!read || !line) return null;
  const { fields } = read;
  const isChunked = fields.codings !== null && endsChunked(fields.codings);
  if (isChunked && fields.contentLength !== null) return null;
  return {
    status: Number(line[2]),
    contentLength: fields.contentLength,
    isChunked,
    codings: fields.codings !== null,
    saysClose: isLast(fields, line[1] === '0'),
  };
}

function readLines(
  text: string,
  { isFoldAllowed }: { isFoldAllowed: boolean },
): { first: string; fields: Fields } | null {
  if (loneLineEnd.test(text) || text.includes('\0')) return null;
  const [first = '', ...lines] = text.split('\r\n');
  const fields: Fields = {
    contentLength: null,
    codings: null,
    connection: '',
    expect: false,
    requestId: null,
    trace: null,
  };
  let isFramingField = false;
  for (const line of lines) {
    const isFold = line.startsWith(' ') || line.startsWith('\t');
    if (isFold) {
      // Folding a field that says where the message ends is nobody's honest wish.
      if (!isFoldAllowed || isFramingField) return null;
      continue;
    }
    const colon = line.indexOf(':');
    if (colon < 1 || line[colon - 1] === ' ' || line[colon - 1] === '\t') return null;
    isFramingField = false;
    // The length of the name decides first: most headers are done here.
    if (!readLengths.has(colon)) continue;
    const name = line.slice(0, colon).toLowerCase();
    isFramingField = name === 'content-length' || name === 'transfer-encoding';
    if (!readField(fields, name, line.slice(colon + 1).trim())) return null;
  }
  return { first, fields };
}

/** False when the message cannot be trusted. */
function readField(fields: Fields, name: string, value: string): boolean {
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
    default:
      return true;
  }
}

function endsChunked(codings: string): boolean {
  return /(?:^|,)\s*chunked\s*$/i.test(codings);
}

function isLast({ connection }: Fields, isOld: boolean): boolean {
  const options = connection.split(',').map((option) => option.trim());
  return options.includes('close') || (isOld && !options.includes('keep-alive'));
}
