// Requests and answers that two readers could understand differently, by the thousand. Every request in them carries a name
// of its own (seed and letter), also one that is hidden in a body, and every answer one too (seed and place), so that a false
// pair shows.
import { createRandom } from './tap-random.ts';

type Random = ReturnType<typeof createRandom>;

const post = (lines: string, body = ''): string => `POST /@@@@@ HTTP/1.1\r\nHost: x\r\n${lines}\r\n${body}`;
const hidden = 'GET /@@@@@ HTTP/1.1\r\nHost: x\r\n\r\n';
const chunked = 'Transfer-Encoding: chunked\r\n';
const shapes = [
  // Length and chunks at once, or said in two ways.
  post(`Content-Length: 5\r\n${chunked}`, `0\r\n\r\n${hidden}`),
  post(`${chunked}Content-Length: 5\r\n`, `0\r\n\r\n${hidden}`),
  post('Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n', `0\r\n\r\n${hidden}`),
  post('Transfer-Encoding: identity, chunked\r\n', `0\r\n\r\n${hidden}`),
  post('Transfer-Encoding: chunked, chunked\r\n', `0\r\n\r\n${hidden}`),
  post('Transfer-Encoding: xchunked\r\nContent-Length: 4\r\n', '0\r\n\r\n'),
  post('Transfer-Encoding : chunked\r\nContent-Length: 4\r\n', '0\r\n\r\n'),
  post('Transfer-Encoding:\u000bchunked\r\nContent-Length: 4\r\n', '0\r\n\r\n'),
  post('X: a\r\n Transfer-Encoding: chunked\r\n', hidden),
  post('X: a\nTransfer-Encoding: chunked\r\n', `0\r\n\r\n${hidden}`),
  `POST /@@@@@ HTTP/1.0\r\nHost: x\r\n${chunked}\r\n0\r\n\r\n${hidden}`,
  // Lengths that are none, or several.
  post('Content-Length: 5\r\nContent-Length: 6\r\n', 'abcdef'),
  post('Content-Length: 5\r\nContent-Length: 5\r\n', 'abcde'),
  post('Content-Length: 5, 5\r\n', 'abcde'),
  post('Content-Length: +5\r\n', 'abcde'),
  post('Content-Length: 0x5\r\n', 'abcde'),
  post('Content-Length: -1\r\n', hidden),
  post('Content-Length: 18446744073709551621\r\n', hidden),
  post('Content-Length: 5\n', 'abcde'),
  post('Content_Length: 5\r\n', hidden),
  post('Connection: content-length\r\nContent-Length: 3\r\n', 'abc'),
  `GET /@@@@@ HTTP/1.1\r\nHost: x\r\nContent-Length: ${hidden.length}\r\n\r\n${hidden}`,
  // Chunks.
  post(chunked, `5;a="\r\n"\r\nabcde\r\n0\r\n\r\n${hidden}`),
  post(chunked, `5;a=b\r\nabcde\r\n0\r\nX-T: 1\r\n\r\n${hidden}`),
  post(chunked, `0\r\nContent-Length: 40\r\n\r\n${hidden}`),
  post(chunked, `5\nabcde\r\n0\r\n\r\n${hidden}`),
  post(chunked, `0x5\r\nabcde\r\n0\r\n\r\n${hidden}`),
  post(chunked, `5 \r\nabcde\r\n0\r\n\r\n${hidden}`),
  post(chunked, `5\r\nabcdeX\r\n0\r\n\r\n${hidden}`),
  post(chunked, `fffffffffffffffff\r\n${hidden}`),
  post(chunked, `${hidden.length.toString(16)}\r\n${hidden}\r\n0\r\n\r\n${hidden}`),
  // Request lines and hosts.
  `GET /@@@@@ HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n${hidden}`,
  `GET http://other/@@@@@ HTTP/1.1\r\nHost: x\r\n\r\n${hidden}`,
  `get /@@@@@ HTTP/1.1\r\nHost: x\r\n\r\n${hidden}`,
  `GET /@@@@@ HTTP/1.2\r\nHost: x\r\n\r\n${hidden}`,
  `GET  /@@@@@ HTTP/1.1\r\nHost: x\r\n\r\n${hidden}`,
  'GET /@@@@@\r\n\r\n',
  `HEAD /@@@@@ HTTP/1.1\r\nHost: x\r\n\r\n${hidden}`,
  `\r\n\r\n${hidden}`,
  post('Expect: 100-continue\r\nContent-Length: 3\r\n', 'abc'),
  post('Upgrade: h2c\r\nConnection: Upgrade\r\n', hidden),
  // What nobody misunderstands.
  `${hidden}${hidden}${post('Content-Length: 0\r\n')}`,
  post('Content-Length: 3\r\n', 'abc'),
  hidden,
];
const answerShapes = [
  'HTTP/1.1 200 OK\r\nx-place: @@@@@\r\nContent-Length: 2\r\n\r\nok',
  'HTTP/1.1 200 OK\r\nx-place: @@@@@\r\nContent-Length: 0\r\n\r\n',
  'HTTP/1.1 200 OK\r\nx-place: @@@@@\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n',
  'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nx-place: @@@@@\r\nContent-Length: 0\r\n\r\n',
];
const oddAnswers = [
  'HTTP/1.1 204 No Content\r\nx-place: @@@@@\r\nContent-Length: 5\r\n\r\nabcde',
  'HTTP/1.1 200 OK\r\nx-place: @@@@@\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok!',
  'HTTP/1.0 200 OK\r\nx-place: @@@@@\r\n\r\nto the end',
  'HTTP/1.1 101 Switching Protocols\r\nx-place: @@@@@\r\n\r\n\u0000\u0001',
  '',
];
const insertions = [
  '\r',
  '\n',
  '\r\n',
  ' ',
  '\t',
  ':',
  '\u0000',
  '0\r\n\r\n',
  'Content-Length: 7\r\n',
  'f',
  ';',
  hidden,
];

export interface OddBytes {
  readonly sent: Buffer;
  readonly answered: Buffer;
  /** Nothing was inserted into the answers, and each is one that can be read in one way only. */
  readonly areAnswersPlain: boolean;
}

export function oddBytes(seed: number): OddBytes {
  const random = createRandom(seed);
  const pick = (from: readonly string[]): string => from[random.below(from.length)] ?? '';
  const text = Array.from({ length: 1 + random.below(2) }, () => pick(shapes)).join('');
  const answers = Array.from({ length: 6 }, () => pick(answerShapes));
  const areAnswersPlain = random.below(2) === 0;
  if (!areAnswersPlain) answers[random.below(3)] = pick(oddAnswers);
  const inOrder = named(answers.join(''), { seed, letters: places });
  return {
    // The last bytes tell production which play it is in; for every reader they are part of what is odd.
    sent: Buffer.from(`${named(mutated(text, random), { seed, letters: requestLetters })}#${seed}`, 'latin1'),
    answered: Buffer.from(areAnswersPlain ? inOrder : mutated(inOrder, random), 'latin1'),
    areAnswersPlain,
  };
}

function mutated(text: string, random: Random): string {
  let made = text;
  for (let count = random.below(3); count > 0; count--) {
    const at = random.below(made.length + 1);
    const inserted = insertions[random.below(insertions.length)] ?? '';
    made = made.slice(0, at) + inserted + made.slice(at + (random.below(2) === 0 ? 0 : inserted.length));
  }
  return made;
}

const requestLetters = 'abcdefghijklmnopqrstuvwxyz';
const places = '0123456789';

/** As long as what it stands in for, so that lengths stay right. */
function named(text: string, { seed, letters }: { seed: number; letters: string }): string {
  let next = 0;
  return text.replaceAll('@@@@@', () => seed.toString(36).padStart(4, '0') + (letters[next++] ?? '?'));
}

/** What a name says; null when it is none (any more). */
export function readName(name: string): { readonly seed: number; readonly letter: string } | null {
  const [, seed, letter] = /^\/?([0-9a-z]{4})([0-9a-z])$/.exec(name) ?? [];
  return seed === undefined || letter === undefined ? null : { seed: Number.parseInt(seed, 36), letter };
}
