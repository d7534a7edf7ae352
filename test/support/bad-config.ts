// One sound config, and what is found when one of its lines is replaced. In a replaced line `‸` marks the column at which
// the error must be reported.
import { checkConfigText } from '../../src/config/load.ts';

export const soundConfig = `service: demo
production:
  url: http://127.0.0.1:8080
  protocol: open-inference-v2
  slo: {latency: 200ms}
inputs: [{name: speed, at: "f[0]", default: 1}, {name: kind, type: string}]
decisions:
  late: {output: "p[:,1]", label: above 0.5}
  eta: {output: eta, kind: regression, scale: 0..300}
source: {tap: {listen: 127.0.0.1:9000}}
experiments:
  release:
    arms:
      control: {target: {url: http://127.0.0.1:8081}}
      candidate: {target: {url: http://127.0.0.1:8082}}
      slow: {target: {url: http://127.0.0.1:8083}, faults: [{delay: 300ms, share: 10%}]}
    expect:
      candidate.late: {flip: at most 5%}
      slow.late: {silentWrong: at most 1%, relation: loud}
    gate: {minPairs: 1000, maxTime: 30m}
    stopWhen: [production.p99 above 250ms]
`;

export interface Found {
  readonly at: string;
  readonly message: string;
}

export function problemsOf(text: string): readonly Found[] {
  const { errors } = checkConfigText(text, { env: {}, directory: import.meta.dirname });
  return errors.map(({ line, column, message }) => ({ at: `${line}:${column}`, message }));
}

/** Replaces the line that starts with `line` (white space aside) by `by`, which may hold more than one line. */
export function withLine(line: string, by: string): { readonly text: string; readonly at: string } {
  const lines = soundConfig.split('\n');
  const index = lines.findIndex((candidate) => candidate.trim().startsWith(line));
  if (index < 0) throw new Error(`the sound config has no line "${line}"`);
  lines.splice(index, 1, ...by.split('\n'));
  const marked = lines.findIndex((candidate) => candidate.includes('‸'));
  if (marked < 0) throw new Error(`"${by}" marks no column`);
  const at = `${marked + 1}:${(lines[marked] ?? '').indexOf('‸') + 1}`;
  return { text: lines.join('\n').replace('‸', ''), at };
}
