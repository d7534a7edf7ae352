// What a comparator needs from its machine and from its neighbours: addresses that accept, a folder to write in, a clock
// that agrees with production's, and file descriptors.
import { accessSync, constants, existsSync, readFileSync, statfsSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname, resolve } from 'node:path';
import { request } from 'undici';
import { messageOf } from '../../errors.ts';
import { doubtful, type Finding, failed, fine } from './finding.ts';

const withinMs = 2000;
/** Buckets and deadlines are of seconds; the comparator refuses what is 30 s in the future. */
const clockToleranceMs = 5000;
const leastFreeBytes = 256 * 1024 * 1024;
const leastDescriptors = 4096;

/** Whether somebody accepts connections at a URL's address; nothing is sent. */
export async function reachFinding(about: string, url: string): Promise<Finding> {
  const { hostname, port, protocol } = new URL(url);
  const number = Number(port || (protocol === 'https:' ? 443 : 80));
  const host = hostname.replace(/^\[|\]$/g, '');
  const problem = await new Promise<string | null>((resolve_) => {
    const socket = connect({ host, port: number });
    const settle = (text: string | null): void => {
      socket.destroy();
      resolve_(text);
    };
    socket.setTimeout(withinMs, () => settle(`no answer within ${withinMs} ms`));
    socket.once('connect', () => settle(null));
    socket.once('error', (error) => settle(messageOf(error)));
  });
  const where = `${host}:${number}`;
  return problem === null ? fine(about, `${where} accepts connections`) : failed(about, `${where}: ${problem}`);
}

/** By the date that production's own answer carries; any status will do. */
export async function clockFinding(url: string, nowMs: () => number): Promise<Finding> {
  const about = 'clock';
  try {
    const answer = await request(url, { method: 'HEAD', signal: AbortSignal.timeout(withinMs) });
    await answer.body.dump();
    const theirs = Date.parse(String(answer.headers.date ?? ''));
    if (Number.isNaN(theirs)) return doubtful(about, 'production says no date, so the clocks could not be compared');
    const apartMs = Math.abs(nowMs() - theirs);
    // A date has whole seconds.
    const text = `${Math.round(apartMs / 1000)} s apart from production's`;
    return apartMs <= clockToleranceMs ? fine(about, text) : failed(about, `${text}: synchronise both by NTP`);
  } catch (thrown) {
    return doubtful(about, `production could not be asked for the date: ${messageOf(thrown)}`);
  }
}

export function storeFinding(path: string): Finding {
  const about = 'store';
  const folder = nearestFolder(dirname(resolve(path)));
  try {
    accessSync(existsSync(path) ? path : folder, constants.W_OK);
    accessSync(folder, constants.W_OK | constants.X_OK);
    const { bavail, bsize } = statfsSync(folder);
    const free = bavail * bsize;
    const text = `${path} can be written, ${Math.round(free / 1024 ** 2)} MiB free`;
    return free < leastFreeBytes ? doubtful(about, `${text}: that is little`) : fine(about, text);
  } catch (thrown) {
    return failed(about, `${path} cannot be written: ${messageOf(thrown)}`);
  }
}

/** The comparator makes the folders that are missing. */
function nearestFolder(folder: string): string {
  return existsSync(folder) || dirname(folder) === folder ? folder : nearestFolder(dirname(folder));
}

export function descriptorFinding(read: () => string = () => readFileSync('/proc/self/limits', 'utf8')): Finding {
  const about = 'open files';
  try {
    const limit = Number(/^Max open files\s+(\d+)/m.exec(read())?.[1] ?? Number.POSITIVE_INFINITY);
    const text = `${limit} allowed, enough for a tap of ${Math.floor((limit - 64) / 2)} clients at a time`;
    return limit < leastDescriptors ? doubtful(about, `${text}: raise it (ulimit -n)`) : fine(about, text);
  } catch {
    return doubtful(about, 'this system does not say how many are allowed');
  }
}
