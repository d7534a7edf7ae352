// Where the time goes: a CPU profile of this process, by self time and by the step of the pipeline that it was spent for. It is what
// `node --cpu-prof` takes, without a second process to read it.
import { Session } from 'node:inspector/promises';

export interface SelfTime {
  readonly place: string;
  readonly share: number;
}

export interface ProfileSummary {
  /** Sampled time in which the thread worked, in milliseconds. */
  readonly busyMs: number;
  /** Share of the busy time by step of the pipeline. */
  readonly parts: Readonly<Record<string, number>>;
  /** The functions that took the most by themselves, the first first. */
  readonly top: readonly SelfTime[];
}

interface Node {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  readonly children?: readonly number[];
}

interface Profile {
  readonly nodes: readonly Node[];
  readonly samples?: readonly number[];
  readonly timeDeltas?: readonly number[];
}

export async function profiled(work: () => Promise<void>): Promise<ProfileSummary> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: 500 });
  await session.post('Profiler.start');
  await work();
  const { profile } = await session.post('Profiler.stop');
  session.disconnect();
  return summaryOf(profile as Profile);
}

/** The innermost frame that says whose work it is; what it calls belongs to it. */
const owners: readonly (readonly [part: string, file: RegExp])[] = [
  ['the benchmark itself', /\/bench\/compare\/(exchanges|drive)\.[jt]s$/],
  ['decode the arm’s answer', /\/bench\/compare\/table-target\.[jt]s$/],
  ['decode the request and production’s answer', /\/pipeline\/read-exchange\.[jt]s$/],
  ['admit (share, fingerprint, budget)', /\/pipeline\/(admit|allowance|fingerprint)\.[jt]s$/],
  ['journal (SQLite)', /\/pipeline\/journal\.[jt]s$/],
  ['dispatch (plan, marks, limits, read the decision)', /\/pipeline\/(dispatch|strikes)\.[jt]s$/],
  ['compare and count', /\/pipeline\/(close-entry|measures|sample)\.[jt]s$/],
  ['judge', /\/pipeline\/accumulate\.[jt]s$/],
  ['commit (SQLite)', /\/pipeline\/commit-pending\.[jt]s$/],
  ['prune (SQLite)', /\/app\/lifecycle\.[jt]s$/],
];
/** Nothing of ours; taking the profile has a frame without a file. */
const idle = ['(idle)', '(program)', 'dispatch'];

function summaryOf({ nodes, samples = [], timeDeltas = [] }: Profile): ProfileSummary {
  const selfUs = new Map<number, number>();
  for (const [position, id] of samples.entries())
    selfUs.set(id, (selfUs.get(id) ?? 0) + Math.max(0, timeDeltas[position] ?? 0));
  const parts = new Map<string, number>();
  const places = new Map<string, number>();
  const byId = new Map(nodes.map((node) => [node.id, node]));
  let busyUs = 0;
  const visit = (node: Node, inherited: string): void => {
    const { functionName, url, lineNumber } = node.callFrame;
    const part = functionName === '(garbage collector)' ? 'garbage collection' : (ownerOf(url) ?? inherited);
    const us = url === '' && idle.includes(functionName) ? 0 : (selfUs.get(node.id) ?? 0);
    busyUs += us;
    add(parts, part, us);
    add(places, `${functionName || 'anonymous'} ${shortOf(url, lineNumber)}`.trim(), us);
    for (const child of node.children ?? []) visit(byId.get(child) as Node, part);
  };
  if (nodes[0] !== undefined) visit(nodes[0], 'the rest (event loop, timers, promises)');
  const shares = [...places].map(([place, us]) => ({ place, share: us / busyUs }));
  return {
    busyMs: busyUs / 1000,
    parts: Object.fromEntries([...parts].map(([part, us]) => [part, us / busyUs])),
    top: shares.sort((one, other) => other.share - one.share).slice(0, 15),
  };
}

function ownerOf(url: string): string | null {
  return owners.find(([, file]) => file.test(url))?.[0] ?? null;
}

function shortOf(url: string, line: number): string {
  if (url === '') return '';
  return `${url.replace(/^.*\/(dist|test|node_modules)\//, '$1/')}:${line + 1}`;
}

function add(counts: Map<string, number>, key: string, by: number): void {
  if (by > 0) counts.set(key, (counts.get(key) ?? 0) + by);
}
