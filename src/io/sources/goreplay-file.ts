// A GoReplay capture as exchanges: record by record, joined by id, in order of arrival. What cannot be used is handed over with its place
// and the reason, and the records after it are read on.
import { messageOf } from '../../errors.ts';
import { createGoReplayJoin, type Joined, type Place, type Unmatched } from './goreplay-join.ts';
import { type GoReplayRecord, readGoReplayRecord, recordSeparator } from './goreplay-record.ts';
import type { RecordedLine } from './recorded-line.ts';
import { splitStream } from './split-stream.ts';

export interface GoReplayFileOptions {
  readonly maxRecordBytes: number;
  /** Told of every record that says what a server answered to a replay. */
  readonly onReplayed: () => void;
}

export async function* readGoReplay(
  chunks: AsyncIterable<Buffer>,
  { maxRecordBytes, onReplayed }: GoReplayFileOptions,
): AsyncGenerator<RecordedLine> {
  const join = createGoReplayJoin();
  const split = { separator: recordSeparator, maxBytes: maxRecordBytes, what: 'record' } as const;
  for await (const { number, line, bytes, problem } of splitStream(chunks, split)) {
    const place = { number, line };
    if (problem?.reason === 'broken_off') {
      yield* join.end().map(lineOf);
      yield { line, exchange: null, problem: problem.text, reason: problem.reason };
      return;
    }
    if (problem !== null) yield refused(place, { why: problem.text, reason: problem.reason });
    else if (bytes.length > 0) yield* usable(bytes, place);
  }
  yield* join.end().map(lineOf);

  function* usable(bytes: Buffer, place: Place): Generator<RecordedLine> {
    const record = readOrRefuse(bytes);
    if (typeof record === 'string') yield refused(place, { why: record, reason: 'malformed' });
    else if (record.type === 'replayed') onReplayed();
    else yield* join.add(record, place).map(lineOf);
  }
}

/** Or why it is none. */
function readOrRefuse(bytes: Buffer): GoReplayRecord | string {
  try {
    return readGoReplayRecord(bytes);
  } catch (thrown) {
    return messageOf(thrown);
  }
}

function refused(
  { number, line }: Place,
  { why, reason }: { why: string; reason: 'too_large' | 'malformed' },
): RecordedLine {
  return { line, exchange: null, problem: `record ${number}: ${why}`, reason };
}

function lineOf(one: Joined | Unmatched): RecordedLine {
  const { line, number } = one.place;
  if ('exchange' in one) return { line, exchange: one.exchange, problem: null };
  const [missing, reason] =
    one.half === 'request' ? ['answer', 'no_answer' as const] : ['request', 'no_request' as const];
  return {
    line,
    exchange: null,
    problem: `record ${number}: the ${one.half} ${one.id} has no ${missing} near it`,
    reason,
  };
}
