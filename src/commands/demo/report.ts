// What the demo leaves behind: the summary in plain words, the same as data, and whether everything ended as it must.
import type { HypothesisView, RunView } from '../../pipeline/view-types.ts';
import { type DemoRow, isInvisibleToInfrastructure } from './rows.ts';
import { expectedArms, gates, sloMs } from './scenario.ts';
import { percent } from './table.ts';

export interface GateAnswer {
  readonly name: string;
  readonly exit: number;
  readonly decision: string;
  readonly reasons: readonly string[];
}

export interface DemoResult {
  readonly seed: string;
  readonly seconds: number;
  readonly rows: readonly DemoRow[];
  readonly runs: readonly RunView[];
  readonly gates: readonly GateAnswer[];
  readonly traffic: { readonly sent: number; readonly failed: number };
}

/** Empty when every row and both gates ended as the story says. */
export function unmet({ rows, gates: answers }: DemoResult): string[] {
  const problems: string[] = [];
  for (const expected of expectedArms) {
    const row = rows.find((one) => one.expected === expected);
    const verdict = row?.hypothesis.verdict ?? 'missing';
    if (verdict !== expected.mustEnd) problems.push(`${expected.name} ended ${verdict}, not ${expected.mustEnd}`);
    if (expected.name === 'slow-store-zeros' && row && !isInvisibleToInfrastructure(row.arm, sloMs)) {
      problems.push(
        `slow-store-zeros had errors or left its SLO: error rate ${percent(row.arm.errorRate)}, p99 ${row.arm.p99Ms === null ? '–' : Math.round(row.arm.p99Ms)} ms`,
      );
    }
  }
  for (const gate of gates) {
    const exit = answers.find((answer) => answer.name === gate.name)?.exit;
    if (exit !== gate.mustExit) problems.push(`the gate for ${gate.name} exited ${exit}, not ${gate.mustExit}`);
  }
  return problems;
}

export function toJson(result: DemoResult): object {
  const { seed, seconds, rows, runs } = result;
  const total = (pick: (run: RunView) => Readonly<Partial<Record<string, number>>> | number): number =>
    runs.reduce((sum, run) => {
      const value = pick(run);
      return (
        sum +
        (typeof value === 'number' ? value : Object.values(value).reduce<number>((all, one) => all + (one ?? 0), 0))
      );
    }, 0);
  return {
    seed,
    seconds,
    arms: rows.map(({ arm }) => ({
      name: arm.name,
      role: arm.role,
      p99Ms: arm.p99Ms,
      errorRate: arm.errorRate,
      hypotheses: arm.hypotheses.filter(isOfTheStory).map(hypothesisJson),
    })),
    gate: Object.fromEntries(result.gates.map(({ name, exit, decision }) => [name, { exit, decision }])),
    conservation: {
      received: total((run) => run.conservation.received),
      compared: total((run) => run.conservation.compared),
      skipped: total((run) => run.conservation.skipped),
      dropped: total((run) => run.conservation.dropped),
      inFlight: total((run) => run.conservation.inFlight),
    },
  };
}

/** What was written or is required, and whether the arm is right less often; not what penumbra only shows beside it. */
function isOfTheStory({ automatic, required, metric }: HypothesisView): boolean {
  return required || !automatic || metric === 'worse';
}

function hypothesisJson({
  metric,
  relation,
  against,
  tolerance,
  required,
  verdict,
  n,
  decidedAt,
  estimate,
  interval,
}: HypothesisView) {
  return { metric, relation, against, tolerance, required, verdict, n, decidedAt, estimate, interval };
}

/** The story once more, in sentences. */
export function summary(result: DemoResult): string[] {
  const lines: string[] = [];
  for (const { arm, hypothesis } of result.rows) lines.push(`${arm.name}: ${hypothesis.sentence}`);
  const zeros = result.rows.find((row) => row.arm.name === 'slow-store-zeros');
  if (zeros && isInvisibleToInfrastructure(zeros.arm, sloMs)) {
    lines.push(
      '',
      `The incident: the feature store got 800 ms slower. No request failed (errors ${percent(zeros.arm.errorRate)}), p99 stayed`,
      `at ${Math.round(zeros.arm.p99Ms as number)} ms inside the ${sloMs} ms SLO, and ${percent(zeros.hypothesis.estimate, 0)} of the affected answers were confidently wrong.`,
      `penumbra knew after ${zeros.hypothesis.decidedAt} affected requests. The repaired pod fails loudly instead, and passes.`,
    );
  }
  lines.push('');
  for (const { name, exit, decision, reasons } of result.gates) {
    lines.push(
      `gate: release ${name} → ${decision} (exit ${exit})${reasons[0] === undefined ? '' : `: ${reasons[0]}`}`,
    );
  }
  const truth = truthSentence(result.runs);
  if (truth !== null) lines.push('', truth);
  return lines;
}

/** With the flights' true outcomes: is v2 right more often than v1? */
function truthSentence(runs: readonly RunView[]): string | null {
  const v2 = runs.find((run) => run.experiment === 'release-v2')?.arms.find((arm) => arm.name === 'v2');
  const worse = v2?.hypotheses.find((one) => one.metric === 'worse');
  if (worse?.estimate == null || worse.interval === null) return null;
  const [low, high] = worse.interval;
  const gain = (-worse.estimate * 100).toFixed(2);
  const interval = `[${(-high * 100).toFixed(2)}, ${(-low * 100).toFixed(2)}]`;
  const verdict = high < 0 ? 'yes' : low > 0 ? 'no, less often' : 'not yet known';
  return `Is v2 right more often than v1? ${verdict}: ${gain} points ${interval} over ${worse.n.toLocaleString('en')} flights whose outcome is known.`;
}
