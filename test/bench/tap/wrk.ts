// Closed-loop load by wrk: as many requests as will go through.
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { loadCore, pinned } from './processes.ts';

export interface Load {
  readonly connections: number;
  readonly seconds: number;
  readonly bodyBytes: number;
  /** One connection for each request. */
  readonly isShortLived?: boolean;
}

export interface LoadResult {
  readonly requests: number;
  readonly perSecond: number;
  /** Answers that were no 2xx, and socket errors. */
  readonly errors: number;
}

const run = promisify(execFile);

export async function loadByWrk(folder: string, port: number, load: Load): Promise<LoadResult> {
  const script = scriptOf(folder, load);
  const args = [
    '-t1',
    `-c${load.connections}`,
    `-d${load.seconds}s`,
    '-s',
    script,
    `http://127.0.0.1:${port}/v2/models/m/infer`,
  ];
  const { command, args: pinnedArgs } = pinned('wrk', args, { core: loadCore });
  const { stdout } = await run(command, pinnedArgs);
  const refused = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(stdout)?.slice(1) ?? [];
  const wrong = Number(/Non-2xx or 3xx responses: (\d+)/.exec(stdout)?.[1] ?? 0);
  return {
    requests: Number(/(\d+) requests in/.exec(stdout)?.[1]),
    perSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]),
    errors: refused.reduce((sum, count) => sum + Number(count), wrong),
  };
}

function scriptOf(folder: string, { bodyBytes, isShortLived }: Load): string {
  const path = join(folder, `post-${bodyBytes}${isShortLived ? '-close' : ''}.lua`);
  const lines = [
    'wrk.method = "POST"',
    'wrk.headers["Content-Type"] = "application/json"',
    ...(isShortLived ? ['wrk.headers["Connection"] = "close"'] : []),
    `wrk.body = ${JSON.stringify(requestBody(bodyBytes))}`,
  ];
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

export function requestBody(bytes: number, first = 1): string {
  const start = `{"inputs":[{"name":"x","shape":[1,8],"datatype":"FP32","data":[${first},2,3,4,5,6,7,8]}],"pad":"`;
  return `${start}${'a'.repeat(bytes - start.length - 2)}"}`;
}
