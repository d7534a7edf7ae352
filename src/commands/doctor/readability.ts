// What share of the connections the taps could read, why not the others, and what to do about it.
import { doubtful, type Finding, failed, fine } from './finding.ts';

export interface TapAccount {
  /** Of the health answer: what the taps saw, and what was lost, `blind_` reasons among it. */
  readonly seen: Readonly<Record<string, number>>;
  readonly losses: Readonly<Record<string, number>>;
}

const about = 'tap';

/** Reasons that have a remedy; the others are told by their name. */
const remedies: Readonly<Record<string, { readonly name: string; readonly remedy: string }>> = {
  tls: {
    name: 'TLS',
    remedy: 'put the tap behind whatever ends TLS, or use source: {http: true} and post exchanges from there',
  },
  h2: {
    name: 'HTTP/2',
    remedy: 'let the proxy in front speak HTTP/1.1 to the tap, or use source: {http: true} and post exchanges',
  },
  upgrade: {
    name: 'upgraded connections',
    remedy: 'what follows an upgrade is no HTTP; nothing can be compared there',
  },
};

export function readabilityFindings({ seen, losses }: TapAccount): Finding[] {
  const { taps = 0, connections = 0, blind = 0, requests = 0, sampled = 0, copied = 0 } = seen;
  if (taps === 0) return [failed(about, 'no tap has connected to this comparator: start one with the same --link')];
  if (connections === 0) return [doubtful(about, 'the tap has seen no connection: are clients sent to it?')];
  const readable = Math.max(connections - blind, 0);
  return [
    readableFinding({ readable, connections, reasons: reasonsOf(losses) }),
    ...(requests === 0 || sampled === 0 ? [] : [copiedFinding({ requests, sampled, copied })]),
  ];
}

function readableFinding(of: {
  readable: number;
  connections: number;
  reasons: readonly (readonly [string, number])[];
}): Finding {
  const { readable, connections, reasons } = of;
  const start = `${readable} of ${connections} connections readable`;
  const [worst] = reasons;
  if (worst === undefined) return fine(about, start);
  const known = remedies[worst[0]];
  const all = reasons.map(([reason, count]) => `${remedies[reason]?.name ?? reason} (${count})`).join(', ');
  const text = `${start}: ${all}${known === undefined ? '' : `; ${known.remedy}`}`;
  return readable < connections / 2 ? failed(about, text) : doubtful(about, text);
}

function copiedFinding({ requests, sampled, copied }: { requests: number; sampled: number; copied: number }): Finding {
  const text = `${copied} copies of ${sampled} sampled of ${requests} requests`;
  return copied < 0.95 * sampled
    ? doubtful(about, `${text}: what was lost is told by reason in /metrics`)
    : fine(about, text);
}

/** The most frequent first. */
function reasonsOf(losses: Readonly<Record<string, number>>): (readonly [string, number])[] {
  return Object.entries(losses)
    .filter(([reason, count]) => reason.startsWith('blind_') && count > 0)
    .map(([reason, count]) => [reason.slice('blind_'.length), count] as const)
    .sort((one, other) => other[1] - one[1]);
}
