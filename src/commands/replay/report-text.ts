// A replay's report as people read it.
import { percent, whole } from '../../core/judge/words.ts';
import type { Divergence } from '../../core/stats/divergence.ts';
import type { Conservation } from '../../model.ts';
import type { HypothesisView } from '../../pipeline/view-types.ts';
import { rateText } from '../plan/say.ts';
import type { Problems } from './problems.ts';
import type { ArmReport, DecisionReport, ReplayReport } from './report.ts';
import type { TestOnce } from './tests-once.ts';

export function reportText(report: ReplayReport): string {
  const { experiment, recording, notes, arms } = report;
  const { file, exchanges, from, to, requestsPerSecond } = recording;
  const rate = requestsPerSecond === null ? '' : `, ${rateText(requestsPerSecond)}`;
  const span = from === null ? '' : ` from ${from} to ${to}${rate}`;
  const lines = [
    `${experiment}: ${whole(exchanges)} exchanges of ${file}${span}`,
    ...notes.map((note) => `  note: ${note}`),
    ...arms.flatMap(armLines),
  ];
  return `${lines.join('\n')}\n`;
}

/** One line per problem, for standard error. */
export function problemText(file: string, { count, first }: Problems): string {
  const lines = first.map(({ line, problem }) => `${file}:${line}: ${problem}\n`);
  return count > first.length ? `${lines.join('')}… and ${whole(count - first.length)} more\n` : lines.join('');
}

function armLines({ name, role, version, conservation, hypotheses, decisions }: ArmReport): string[] {
  return [
    '',
    `${name} (${role}${version === null ? '' : `, ${version}`})`,
    `  ${conservationText(conservation)}`,
    ...hypotheses.map(hypothesisLine),
    ...decisions.flatMap(decisionLines),
  ];
}

function conservationText({ received, compared, skipped, dropped, inFlight }: Conservation): string {
  const parts = (kind: string, counts: Conservation['skipped'] | Conservation['dropped']): string[] =>
    Object.entries(counts).map(([reason, count]) => `${whole(count)} ${kind} (${reason.replaceAll('_', ' ')})`);
  const open = inFlight > 0 ? [`${whole(inFlight)} open`] : [];
  const all = [`${whole(compared)} compared`, ...parts('skipped', skipped), ...parts('dropped', dropped), ...open];
  return `${whole(received)} received = ${all.join(' + ')}`;
}

function hypothesisLine({ verdict, sentence, required }: HypothesisView): string {
  return `  ${verdict.padEnd(9)}  ${sentence}${required ? '' : ' · advisory'}`;
}

function decisionLines({ decision, n, effectSizes, fixedSampleTests }: DecisionReport): string[] {
  const about = `${whole(n)} requests`;
  const sizes =
    'notComputed' in effectSizes
      ? [`  ${decision}: effect sizes not computed: ${effectSizes.notComputed}`]
      : [
          `  ${decision}: effect sizes of ${effectSizes.of} on ${about} (${percent(1 - effectSizes.alpha)} intervals, valid at any time)`,
          ...effectSizes.sizes.map(sizeLine),
          ...(effectSizes.outOfRange > 0
            ? [`    ${whole(effectSizes.outOfRange)} pairs lie outside the declared range and count at its ends`]
            : []),
        ];
  return [
    ...sizes,
    `  ${decision}: fixed-sample tests, valid once, not while looking; p-values two-sided, not corrected for their number`,
    ...fixedSampleTests.map(testLine),
  ];
}

function sizeLine({ name, estimate, interval, base, binning }: Divergence): string {
  const [low, high] = interval;
  return `    ${name.padEnd(26)} ${figure(estimate)} [${figure(low)}, ${figure(high)}]  ${base}; ${binning}`;
}

function testLine(test: TestOnce): string {
  if ('notComputed' in test) return `    ${test.name}: not computed: ${test.notComputed}`;
  const { name, statistic, pValue, n, tested, note } = test;
  const numbers = `statistic ${figure(statistic)}, p = ${figure(pValue)}, n = ${n.map(whole).join(' and ')}`;
  return `    ${name}: ${numbers}: ${tested}${note === null ? '' : ` (${note})`}`;
}

/** Three significant digits; large and tiny ones by powers of ten. */
function figure(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e12) return whole(value);
  const size = Math.abs(value);
  return size >= 1e-3 && size < 1e6 ? String(Number(value.toPrecision(3))) : value.toExponential(2);
}
