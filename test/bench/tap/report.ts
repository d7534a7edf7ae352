// The benchmark's figures as a table for people, with the bar that each has to meet, and as JSON for machines.
import { cpus } from 'node:os';
import type { Steady } from './half-load.ts';
import type { Latency } from './latency.ts';
import { versionsOf } from './nginx.ts';
import { medianOf, ratioOf } from './rounds.ts';
import type { Figures } from './scenarios.ts';
import type { Troubled } from './troubled.ts';

interface Row {
  readonly measure: string;
  readonly bar: string;
  readonly value: string;
  readonly verdict: string;
}

const short = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const atMost = (measure: string, value: number, limit: number): Row => ({
  measure,
  bar: `≤ ${limit}`,
  value: short(value),
  verdict: value <= limit ? 'met' : 'not met',
});
const atLeast = (measure: string, value: number, limit: number): Row => ({
  measure,
  bar: `≥ ${limit}`,
  value: short(value),
  verdict: value >= limit ? 'met' : 'not met',
});

function rowsOf(figures: Figures): Row[] {
  const { saturation, hops, troubled, latency } = figures;
  const { nginx: steadyNginx, ten, all } = figures.halfLoad;
  const received = `${percent(1 - figures.droppedAtSaturation.all)} of the copies received`;
  const cpu = (hop: keyof Figures['hops']): number => ratioOf(saturation, [hops[hop], hops.nginx], 'inPathUs');
  const speed = (hop: keyof Figures['hops'], other: keyof Figures['hops']): number =>
    ratioOf(saturation, [hops[hop], hops[other]], 'perSecond');
  return [
    atMost('in-path CPU per request ÷ nginx: copying off', cpu('off'), 1.05),
    atMost('… 10 % copied', cpu('ten'), 1.15),
    atMost(`… share 100 %, ${received}`, cpu('all'), 1.3),
    atMost(
      `… share 100 %, at half load, ${percent(1 - all.drops / all.sampled)} of the copies received`,
      all.inPathUs / steadyNginx.inPathUs,
      1.3,
    ),
    atLeast('requests/s at saturation ÷ nginx: 10 % copied', speed('ten', 'nginx'), 0.85),
    atLeast(`… share 100 %, ${received}`, speed('all', 'nginx'), 0.8),
    atLeast('requests/s, share 100 % ÷ nginx with mirror to a live shadow', speed('all', 'mirror'), 3),
    atLeast('requests/s, share 100 % ÷ @fastify/http-proxy', speed('all', 'fastify'), 6),
    atLeast('requests/s, share 100 % ÷ node:http and undici, copying', speed('all', 'undici'), 3.5),
    atMost('added p50 at 2,000 requests/s ÷ what nginx adds', latency.addedP50, 1.5),
    addedP99Row(latency),
    ...troubledRows(`answered of ${short(ten.perSecond)} requests/s`, troubled.halfLoad),
    ...(troubled.saturation === null ? [] : troubledRows('requests/s at saturation', troubled.saturation)),
    atMost('10 KB bodies, 10 % copied: in-path CPU ÷ nginx', figures.large, 1.25),
    atMost('one connection per request: in-path CPU ÷ nginx', figures.shortLived, 4),
    atMost(`copies dropped at half load (${short(ten.perSecond)} requests/s), 10 % copied`, ten.drops, 0),
    atMost('memory of the tap after saturation, all copied (MB)', figures.rssMb, 130),
  ];
}

function troubledRows(what: string, { hung, slow, killed }: Troubled): Row[] {
  return [
    atLeast(`${what}, shadow hung ÷ shadow well`, hung, 0.95),
    atLeast('… shadow answers after 200 ms', slow, 0.95),
    atLeast('… comparator killed', killed, 0.95),
  ];
}

function addedP99Row({ addedP99, isP99Resolved, nginxP99Us }: Latency): Row {
  const row = atMost('added p99 likewise, where the machine resolves it', addedP99, 2);
  const [low, high] = nginxP99Us.map(short);
  return isP99Resolved ? row : { ...row, verdict: `not resolved: nginx itself added ${low} to ${high} µs` };
}

function halfLoadText({ nginx, ten, all }: Figures['halfLoad']): string {
  const of = ({ inPathUs, sampled, drops }: Steady): string =>
    `${short(inPathUs / nginx.inPathUs)} (${drops} of ${sampled} copies dropped)`;
  return `At half load (${short(all.perSecond)} requests/s) in-path CPU per request ÷ nginx: ${of(ten)} with 10 % copied, ${of(all)} with all.`;
}

export function markdownOf(figures: Figures): string {
  const { saturation, hops, droppedAtSaturation, latency } = figures;
  const versions = Object.values(versionsOf()).join(', ');
  const lines = [
    `${new Date().toISOString().slice(0, 10)}, ${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}), ${versions}; medians of ${figures.rounds} interleaved rounds of ${figures.seconds} s (latencies: see latency.ts); requests of 1 KB, answers of 0.3 KB, keep-alive.`,
    '',
    '| measure | bar | measured | |',
    '|---|---|---|---|',
    ...rowsOf(figures).map(({ measure, bar, value, verdict }) => `| ${measure} | ${bar} | ${value} | ${verdict} |`),
    '',
    '| hop | requests/s | in-path CPU, µs per request | whole process, µs per request |',
    '|---|---|---|---|',
    ...Object.values(hops).map((hop) => {
      const [perSecond, inPathUs, allUs] = (['perSecond', 'inPathUs', 'allUs'] as const).map((key) =>
        medianOf(saturation, hop, key),
      );
      return `| ${hop.name} | ${short(perSecond ?? Number.NaN)} | ${short(inPathUs ?? Number.NaN)} | ${short(allUs ?? Number.NaN)} |`;
    }),
    '',
    `p50 at 2,000 requests/s: ${latency.p50Us.map(short).join(' / ')} µs without a hop, through nginx, through the tap; p99: ${latency.p99Us.map(short).join(' / ')} µs.`,
    '',
    halfLoadText(figures.halfLoad),
    '',
    `Copies not received at saturation: ${percent(droppedAtSaturation.ten)} of 10 %, ${percent(droppedAtSaturation.all)} of all. Requests that failed in the whole run: ${figures.errors}.`,
    '',
    'How many exchanges the comparator behind it compares per second of one core is measured by `npm run bench:compare`.',
  ];
  return lines.join('\n');
}

export function jsonOf(figures: Figures): object {
  const { saturation, hops } = figures;
  const speed = (other: keyof Figures['hops']): number => ratioOf(saturation, [hops.all, hops[other]], 'perSecond');
  const cpu = (hop: keyof Figures['hops']): number => ratioOf(saturation, [hops[hop], hops.nginx], 'inPathUs');
  return {
    vs: {
      nginx: speed('nginx'),
      nginxMirror: speed('mirror'),
      fastifyHttpProxy: speed('fastify'),
      undiciCopy: speed('undici'),
    },
    cpuVsNginx: { off: cpu('off'), ten: cpu('ten'), all: cpu('all') },
    addedP50VsNginx: figures.latency.addedP50,
    hungVsHealthy: Math.min(figures.troubled.halfLoad.hung, figures.troubled.halfLoad.slow),
    rssMb: figures.rssMb,
    more: {
      requestsVsNginxTen: ratioOf(saturation, [hops.ten, hops.nginx], 'perSecond'),
      addedP99VsNginx: figures.latency.addedP99,
      isP99Resolved: figures.latency.isP99Resolved,
      killedVsHealthy: figures.troubled.halfLoad.killed,
      troubledAtSaturation: figures.troubled.saturation,
      cpuVsNginxLarge: figures.large,
      cpuVsNginxShortLived: figures.shortLived,
      halfLoad: figures.halfLoad,
      droppedAtSaturation: figures.droppedAtSaturation,
      errors: figures.errors,
    },
  };
}
