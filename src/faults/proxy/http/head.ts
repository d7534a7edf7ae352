// Reads a whole header block, however it is written, and decides whether it is to be trusted: what two readers could
// understand differently is refused. The bytes themselves are passed on as they came.

import {
  type AnswerHead,
  answerHeadOf,
  createFields,
  type Fields,
  type RequestHead,
  readField,
  readNameOfLength,
  requestHeadOf,
} from './head-fields.ts';

const requestLine = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([^\s]+) HTTP\/1\.([01])$/;
const answerLine = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: .*)?$/;
const loneLineEnd = /\r(?!\n)|(?<!\r)\n/;

/** Null when it cannot be trusted. `text`: the block as latin1, without its empty line. */
export function readRequestHead(text: string): RequestHead | null {
  const read = readLines(text, { isFoldAllowed: false });
  const line = read && requestLine.exec(read.first);
  if (!read || !line) return null;
  return requestHeadOf(
    { line: read.first, method: line[1] ?? '', target: line[2] ?? '', isOld: line[3] === '0' },
    read.fields,
  );
}

/** Null when it cannot be trusted. */
export function readAnswerHead(text: string): AnswerHead | null {
  const read = readLines(text, { isFoldAllowed: true });
  const line = read && answerLine.exec(read.first);
  if (!read || !line) return null;
  return answerHeadOf({ status: Number(line[2]), isOld: line[1] === '0' }, read.fields);
}

function readLines(
  text: string,
  { isFoldAllowed }: { isFoldAllowed: boolean },
): { first: string; fields: Fields } | null {
  if (loneLineEnd.test(text) || text.includes('\0')) return null;
  const [first = '', ...lines] = text.split('\r\n');
  const fields = createFields();
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
    const name = readNameOfLength(colon);
    if (name === null || line.slice(0, colon).toLowerCase() !== name) continue;
    isFramingField = name === 'content-length' || name === 'transfer-encoding';
    if (!readField(fields, name, line.slice(colon + 1).trim())) return null;
  }
  return { first, fields };
}
