// Verifies that the baseline is back: the same question asked of the upstream directly and through the proxy, side by side,
// until the two take equally long or the time is over.
import { connect } from 'node:net';
import { type FaultProxySettings, type HostPort, hostPortText } from './settings.ts';

export interface Restoration {
  /** The proxy adds nothing any more. */
  readonly restored: boolean;
  /** Of the last try; null when there was no answer. */
  readonly latencyMs: number | null;
  readonly upstreamLatencyMs: number | null;
  /** Since the faults were removed. */
  readonly afterMs: number;
  /** Null when restored. */
  readonly reason: string | null;
}

/** Whoever does not answer a probe in this time is taken for silent. */
const longestAskMs = 2000;
/** As close as two single measurements on a busy machine come. */
const slackMs = 5;
const slackShare = 0.5;

export async function verifyBaseline(
  settings: FaultProxySettings,
  { through, withinMs }: { through: HostPort; withinMs: number },
): Promise<Restoration> {
  const startedMs = performance.now();
  const leftMs = (): number => Math.min(longestAskMs, withinMs - (performance.now() - startedMs));
  let upstreamLatencyMs: number | null = null;
  let latencyMs: number | null = null;
  for (let tries = 0; tries === 0 || leftMs() > 50; tries++) {
    upstreamLatencyMs = await askOnce(settings.upstream, { settings, withinMs: leftMs() });
    if (upstreamLatencyMs === null) break;
    latencyMs = await askOnce(through, { settings, withinMs: leftMs() });
    const mostMs = upstreamLatencyMs * (1 + slackShare) + slackMs;
    if (latencyMs !== null && latencyMs <= mostMs) {
      return { restored: true, latencyMs, upstreamLatencyMs, afterMs: performance.now() - startedMs, reason: null };
    }
  }
  const reason =
    upstreamLatencyMs === null
      ? `the upstream ${hostPortText(settings.upstream)} itself does not answer; no fault is on`
      : latencyMs === null
        ? 'the upstream answers, but not through the proxy'
        : 'through the proxy it still takes longer than the upstream itself';
  return { restored: false, latencyMs, upstreamLatencyMs, afterMs: performance.now() - startedMs, reason };
}

/** Milliseconds from connecting to the first byte of an answer, or to the connection where nothing is asked; null: none came. */
function askOnce(
  { host, port }: HostPort,
  { settings, withinMs }: { settings: FaultProxySettings; withinMs: number },
): Promise<number | null> {
  const question = questionOf(settings);
  const startedMs = performance.now();
  return new Promise((resolve) => {
    const socket = connect({ host, port, noDelay: true });
    const settle = (isAnswered: boolean): void => {
      clearTimeout(timer);
      resolve(isAnswered ? performance.now() - startedMs : null);
      socket.destroy();
    };
    const timer = setTimeout(() => settle(false), Math.max(1, withinMs));
    socket.once('connect', () => {
      if (question === null) settle(true);
      else socket.write(question);
    });
    socket.once('data', () => settle(true));
    socket.once('error', () => settle(false));
    socket.once('close', () => settle(false));
  });
}

function questionOf({ protocol, probe, upstream }: FaultProxySettings): string | null {
  if (protocol === 'tcp') return probe;
  return `GET ${probe ?? '/'} HTTP/1.1\r\nhost: ${hostPortText(upstream)}\r\nconnection: close\r\n\r\n`;
}
