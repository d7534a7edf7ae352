// results.md out of the figures: who keeps quiet, who finds which fault how soon, what is proven, and how everyone was set.
import { alarmsText, percent, table, waitText, whole } from './markdown.ts';
import { ourMethods, panelName, provable } from './ours.ts';
import type { Method, Results, Row } from './results.ts';
import { type Named, soonest } from './summary.ts';
import { whyNot } from './why-not.ts';

export function tableOf(results: Results): string {
  const parts = [heading(results), inShort(results), quiet(results), detection(results), notSmallest(results)];
  return [...parts, metrics(results), proofs(results), settings(results)].map((part) => part.join('\n')).join('\n\n');
}

function heading({ sizes, seed, noiseSd, versions, minutes }: Results): string[] {
  const listed = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return [
    '# Detection side by side',
    '',
    'Measured and written by `npm run bench:detect`: penumbra and the real packages of its peers on the same recorded streams of the flight',
    'models. Figures are requests until the first alarm, median / 95th percentile over runs; `never`: not in more than half of the runs within',
    `${whole(sizes.faultRequests)} requests; \`not always\`: in fewer than 95 %. ${whole(sizes.warm)} healthy requests come before the counting; peers learn from them,`,
    'penumbra does not look at them. Flights are drawn with replacement, so the traffic itself never drifts (kind to the peers that compare with a',
    `fixed reference). Every replay of production, arm and control moves its log-odds by normal noise of sd ${noiseSd}.`,
    '',
    `Seed ${seed}, ${minutes} minutes. ${listed.join(', ')}.`,
  ];
}

/** One line a fault: penumbra's panel against the soonest competing peer. */
function inShort({ rows }: Results): string[] {
  const shares = [...new Set(rows.map(({ share }) => share))];
  const cell = ({ waits, soonestPeer }: Row): string =>
    `**${short(waits[panelName]?.median)}** · ${soonestPeer === null ? 'never' : `${short(soonestPeer.wait.median)} ${soonestPeer.method}`}`;
  const lines = [...new Set(rows.map(({ fault }) => fault))].map((fault) => [
    fault,
    ...shares.map((share) => {
      const row = rows.find((one) => one.fault === fault && one.share === share);
      return row === undefined ? '' : cell(row);
    }),
  ]);
  return [
    '## In short',
    '',
    "Median requests to detection: **penumbra's whole panel** · the soonest peer of those with at most 1 % false alarms per 100,000 requests,",
    'chosen for every cell with hindsight.',
    '',
    ...table(['fault', ...shares.map((share) => `${percent(share)} of requests`)], lines),
  ];
}

function short(median: number | null | undefined): string {
  return median === null || median === undefined ? 'never' : whole(median);
}

function quiet({ quiet: cases, peers, competing }: Results): string[] {
  const methods = [...ourMethods, ...peers.map(({ name }) => name)];
  const lines = methods.map((method) => {
    const rate = cases[0]?.falseAlarms[method]?.per100k ?? Number.NaN;
    const counts = cases.map(({ falseAlarms }) => alarmsText(falseAlarms[method]));
    return [method, percent(rate), ...counts, competing.includes(method) ? 'yes' : 'no'];
  });
  const streams = cases.map(({ name, says, falseAlarms, truth }) => {
    const requests = whole(Object.values(falseAlarms)[0]?.requests ?? 0);
    return `- ${name}: ${says}; ${requests} requests a run, ${percent(truth.flip)} flips.`;
  });
  return [
    '## False alarms',
    '',
    'Production against its twin: runs with at least one alarm. A method competes with at most 1 % per 100,000 requests on both drawn streams;',
    'the recorded order, in which real traffic drifts, counts against nobody. No alarm in 100, 50, 20, 10 runs still allows (at 95 % confidence) for',
    'true rates up to 3 %, 6 %, 14 %, 26 %.',
    '',
    ...streams,
    '',
    ...table(['method', 'per 100,000', ...cases.map(({ name }) => name), 'competes'], lines),
  ];
}

/** The soonest competing method of each package. */
function bestOf(packageName: string, row: Row, { peers, competing }: Results): Named | null {
  const own = peers.filter((peer) => peer.package === packageName && competing.includes(peer.name));
  return soonest(own.map(({ name }) => ({ method: name, wait: row.waits[name] as Named['wait'] })));
}

function detection(results: Results): string[] {
  const packages = [...new Set(results.peers.map((peer: Method) => peer.package))];
  const lines = results.rows.map((row) => [
    row.fault,
    percent(row.share),
    waitText(row.waits[panelName]),
    ...packages.map((name) => {
      const best = bestOf(name, row, results);
      return best === null ? 'never' : `${waitText(best.wait)} (${best.method})`;
    }),
    { yes: 'yes', no: 'no', nobody: 'nobody finds it' }[row.smallest],
  ]);
  const names = packages.map((name) => (name === 'from its definition' ? 'Kayenta' : name));
  return [
    '## Detection',
    '',
    'The soonest competing method of each package.',
    '',
    ...table(['fault', 'share', 'penumbra', ...names, 'penumbra smallest'], lines),
  ];
}

function notSmallest(results: Results): string[] {
  const { rows } = results;
  const lost = rows.filter(({ smallest }) => smallest !== 'yes');
  const counted = `The median of the panel is the smallest of all that compete on ${rows.length - lost.length} of ${rows.length} rows.`;
  if (lost.length === 0) return ['### Where penumbra is not the soonest', '', counted];
  const lines = lost.map((row) => `- ${row.fault}, ${percent(row.share)}: ${whyNot(row, results)}`);
  return ['### Where penumbra is not the soonest', '', `${counted} The others:`, '', ...lines];
}

function metrics({ rows }: Results): string[] {
  const lines = rows.map(({ fault, share, truth, waits }) => [
    fault,
    percent(share),
    percent(truth.flip),
    percent(truth.material),
    percent(truth.ks),
    ...ourMethods.map((method) => waitText(waits[method])),
  ]);
  return [
    "## penumbra's metrics, each alone at alpha .01",
    '',
    'And what was there to find: the share of requests with another label, with a score that moved by more than .05, and the distance between',
    'the two score distributions.',
    '',
    ...table(['fault', 'share', 'flips', 'material', 'KS', ...ourMethods], lines),
  ];
}

function proofs({ rows, quiet: cases }: Results): string[] {
  const names = [...provable, 'all three'];
  const quietLines = cases.map(({ name, holds }) => [name, '', ...names.map((one) => waitText(holds[one]))]);
  const lines = rows.map(({ fault, share, holds }) => [
    fault,
    percent(share),
    ...names.map((one) => waitText(holds[one])),
  ]);
  const proven = lines.filter((cells) => cells.slice(2).some((cell) => cell !== 'never'));
  return [
    '## Requests to a proven HOLDS',
    '',
    'At alpha .01. Peers cannot prove that nothing is wrong; a silent detector is not a proof. Rows on which nothing holds are left out.',
    '',
    ...table(['stream', 'share', ...names], [...quietLines, ...proven]),
  ];
}

function settings({ peers }: Results): string[] {
  const lines = peers.map(({ name, package: of, settings: how }) => [name, of, how]);
  return [
    '## How everyone was set',
    '',
    "penumbra: the panel's seven metrics (error and timeout among them, with nothing to find here) share alpha .01, a metric alone has it whole.",
    'DIFFERENT compares with a control, another replay of production. Counters are looked at after every request, the others after every 5th, and after every 25th beyond 1,000.',
    '',
    'Peers run with their documented defaults. Windows of 1,000 cannot speak before the thousandth request; smaller ones see less. Slow methods run on',
    'the first 10 to 20 of the runs only; results.json has the number of runs of every figure.',
    '',
    ...table(['method', 'package', 'settings'], lines),
  ];
}
