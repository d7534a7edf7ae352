// What every source of the running comparator delivers, in one line each: how much came, what of it could not be used, which part of that
// matters most, and which setting changes it.
import { lossRemedy } from '../../core/judge/losses.ts';
import { doubtful, type Finding, failed, fine } from './finding.ts';

type Counts = Readonly<Record<string, number>>;

export interface SourceAccount {
  readonly name: string;
  /** Of the health answer: what came by, and what of it was lost. */
  readonly seen: Counts;
  readonly losses: Counts;
}

/** What to do where this is why most was lost; reasons without one are told by their name. */
const remedies: Readonly<Record<string, string>> = {
  malformed: 'not in the form that this source reads; serve --log-level debug names each',
  no_answer:
    'requests whose answer never came: do both feeds carry the same id (source.join.id)? is source.join.within long enough? loggers send none for failed calls: join: {unanswered: failed}',
  no_request:
    'answers whose request never came: is every request mirrored, and is source.join.id the same on both sides?',
  full: 'more waited for its other half than source.join.memory holds: raise it, or shorten source.join.within',
  late: 'halves that came after source.join.within: raise it',
  duplicate: 'the same half came twice: is traffic mirrored or logged twice?',
  too_large: 'larger than is taken: raise body of that source, or source.join.memory',
  no_id: 'nothing to join by: let the proxy send x-request-id, or name another id in source.join.id',
  control_limit:
    'more was mirrored than source.mirror.answer.requests and inFlight allow: raise them, or mirror a smaller share',
  control_failed: 'the replica that is asked for production’s answer failed: look at it',
  json_end_unknown:
    'the logger does not send Inference-Header-Content-Length: name it in its metadataHeaders, or let clients send JSON',
  broken_off: 'the file ended in the middle: is it still being written, or was it cut?',
  dead_letter_failed: 'records could not be put on the dead-letter topic: look at the broker',
  busy: 'more came at once than it can hold: mirror a smaller share',
};

/** Which of its counts says how much came. */
const mainCounts = ['events', 'requests', 'accepted', 'records', 'lines', 'joined'];

/** The tap has an account of its own. */
export function sourceFindings(accounts: readonly SourceAccount[]): Finding[] {
  return accounts.filter(({ name }) => name !== 'tap').map(sourceFinding);
}

function sourceFinding({ name, seen, losses }: SourceAccount): Finding {
  const main = mainCounts.find((one) => seen[one] !== undefined);
  const came = (main === undefined ? 0 : seen[main]) ?? 0;
  const reasons = Object.entries(losses)
    .filter(([, count]) => count > 0)
    .sort((one, other) => other[1] - one[1]);
  const lost = reasons.reduce((sum, [, count]) => sum + count, 0);
  const total = name === 'join' || name === 'http' ? came + lost : came;
  if (total === 0 && lost === 0) return doubtful(name, `nothing has come yet${nothingYet[name] ?? ''}`);
  const counted = `${total} ${words[name] ?? 'messages'}`;
  const [worst] = reasons;
  if (worst === undefined) return fine(name, `${counted}, none lost`);
  const told = reasons.map(([reason, count]) => `${reason} (${count})`).join(', ');
  const remedy = remedies[worst[0]];
  const text = `${counted}, ${lost} lost: ${told}${remedy === undefined ? '' : `; ${worst[0]}: ${remedy}`}`;
  return lost > total / 2 ? failed(name, text) : doubtful(name, text);
}

const words: Readonly<Record<string, string>> = {
  http: 'posted exchanges',
  cloudevents: 'events',
  mirror: 'mirrored requests',
  join: 'halves or pairs',
  file: 'lines or records',
  kafka: 'records',
};

const nothingYet: Readonly<Record<string, string>> = {
  http: ': POST /v1/exchanges is open and nobody uses it',
  cloudevents: ': does the logger’s url name this comparator, with /v1/cloudevents?',
  mirror: ': does the proxy mirror to source.mirror.listen?',
  kafka: ': does anybody write to the topic?',
};

export interface RunAccount {
  readonly experiment: string;
  readonly conservation: { readonly received: number; readonly skipped: Counts; readonly dropped: Counts };
}

/** Only those that setting something else would change. */
const limits: readonly (readonly ['skipped' | 'dropped', string, string])[] = [
  ['skipped', 'too_large', 'larger than budget.body: raise it'],
  ['skipped', 'batch', 'requests of several rows: rows: batch judges them'],
  ['skipped', 'budget', 'over budget.requests or bytes: raise them, or lower share so that the choice is even'],
  [
    'skipped',
    'production_failed',
    'production failed, was slower than production.slo.latency, or its answer does not hold the decisions',
  ],
  ['dropped', 'late', lossRemedy('late')],
];

/** More than this share of what a run received. */
const notableShare = 0.05;

/** What runs pass over because of a limit of size or time that a setting moves. */
export function limitFindings(runs: readonly RunAccount[]): Finding[] {
  return runs.flatMap(({ experiment, conservation }) =>
    limits.flatMap(([side, reason, why]) => {
      const count = conservation[side][reason] ?? 0;
      if (count === 0 || count < notableShare * conservation.received) return [];
      return [doubtful(`run of ${experiment}`, `${count} of ${conservation.received} ${side} (${reason}): ${why}`)];
    }),
  );
}
