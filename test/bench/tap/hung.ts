// P3: what shadows in trouble add to production's time: taps that copy to a comparator whose shadow is well, hangs, is slow for
// 30 s or takes no connection, each against one that copies nothing, in pairs of runs at a fixed rate. Prints paired medians.
// Usage: npm run bench:tap:hung -- [--rounds 20] [--seconds 5] [--rate 2000]. Needs nginx.
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { median } from './cpu.ts';
import { createBed, tapHop } from './hops.ts';
import type { OpenLoopResult } from './open-loop.ts';
import { ask, loadCore, startNode, stopAll } from './processes.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '20' },
    seconds: { type: 'string', default: '5' },
    rate: { type: 'string', default: '2000' },
  },
});
const rounds = Number(values.rounds);
const load = { perSecond: Number(values.rate), seconds: Number(values.seconds), bodyBytes: 1024 };

const folder = mkdtempSync(join(tmpdir(), 'penumbra-bench-hung-'));
try {
  const bed = await createBed(folder);
  const troubled = (how: string): number => {
    const port = bed.nextPort();
    startNode(new URL('odd-shadow.ts', import.meta.url), [String(port), how], { core: loadCore, nice: 19 });
    return port;
  };
  const shadows = {
    well: bed.ports.shadow,
    hung: troubled('hang'),
    '30 s slow': troubled('30000'),
    absent: bed.nextPort(),
  };
  const off = await tapHop(bed, { share: null });
  const on = await Promise.all(Object.values(shadows).map((shadowPort) => tapHop(bed, { share: '100%', shadowPort })));
  const generator = startNode(new URL('open-loop.ts', import.meta.url), [], { core: loadCore });
  await once(generator, 'message');
  const run = (port: number): Promise<OpenLoopResult> => ask<OpenLoopResult>(generator, { ...load, port });
  for (const { port } of [off, ...on]) await run(port);
  const pairs = on.map(() => [] as { readonly off: OpenLoopResult; readonly on: OpenLoopResult }[]);
  for (let round = 0; round < rounds; round++) {
    for (const [at, hop] of on.entries()) {
      // Which of the two comes first changes with each round.
      const first = await run(round % 2 === 0 ? off.port : hop.port);
      const second = await run(round % 2 === 0 ? hop.port : off.port);
      pairs[at]?.push(round % 2 === 0 ? { off: first, on: second } : { off: second, on: first });
    }
  }
  const rows = Object.keys(shadows).map((name, at) => {
    const of = pairs[at] ?? [];
    const added = (key: 'p50Us' | 'p99Us'): string =>
      (median(of.map((pair) => pair.on[key] - pair.off[key])) / 1000).toFixed(3);
    const throughput = median(of.map((pair) => pair.on.answered / pair.off.answered));
    return `| ${name} | ${added('p50Us')} | ${added('p99Us')} | ${(100 * throughput).toFixed(1)} % |`;
  });
  process.stdout.write(
    `${[
      `P3: all copied against nothing copied, ${rounds} pairs of ${load.seconds} s at ${load.perSecond} requests/s; promised: p50 ≤ 0.3 ms, p99 ≤ 1 ms, ≥ 95 %.`,
      '',
      '| shadow | added p50 (ms) | added p99 (ms) | answered in the same time |',
      '|---|---|---|---|',
      ...rows,
    ].join('\n')}\n`,
  );
} finally {
  await stopAll();
  rmSync(folder, { recursive: true, force: true });
}
process.exit(0);
