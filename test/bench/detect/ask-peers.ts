// The peers' answers: one Python process reads the recorded streams and says, line by line, when each method alarmed in each run.
import { runPython } from '../python.ts';
import type { Method } from './results.ts';

export interface Heard {
  readonly versions: Record<string, string>;
  readonly methods: Method[];
  /** Alarms of the peers by case and method. */
  readonly alarms: Map<string, Map<string, (number | null)[]>>;
}

type Line =
  | { kind: 'python'; versions: Record<string, string>; python: string }
  | ({ kind: 'method' } & Method)
  | { kind: 'alarm'; case: string; method: string; run: number; at: number | null };

export async function askPeers(python: string, folder: string): Promise<Heard> {
  const heard: Heard = { versions: {}, methods: [], alarms: new Map() };
  const onLine = (text: string): void => {
    const line = JSON.parse(text) as Line;
    if (line.kind === 'python') Object.assign(heard.versions, { python: line.python, ...line.versions });
    else if (line.kind === 'method')
      heard.methods.push({ name: line.name, package: line.package, settings: line.settings });
    else {
      const byMethod = heard.alarms.get(line.case) ?? new Map<string, (number | null)[]>();
      byMethod.set(line.method, [...(byMethod.get(line.method) ?? []), line.at]);
      heard.alarms.set(line.case, byMethod);
    }
  };
  await runPython(python, { script: 'detect/peers.py', args: [folder], onLine });
  return heard;
}
