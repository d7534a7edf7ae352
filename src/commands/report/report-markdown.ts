// The report as Markdown, for merge requests and release notes.
import { plainMarkdown as plain } from '../gate/formats/markdown.ts';
import { at, doneTo, hashOf, identityOf, type ReportMaterial, rowsOf, whereRequestsWent } from './material.ts';
import { answerText, featuresText, sampleHead } from './sample-text.ts';

const mostSamples = 20;

export function reportMarkdown(material: ReportMaterial): string {
  const { gate, run, service, verdicts, samples } = material;
  const lines = [
    `# ${gate.verdict}: ${plain(service)}, ${plain(run.experiment)}, run ${plain(run.id)}`,
    '',
    ...gate.reasons.map((reason) => `- ${plain(reason)}`),
    '',
    '## What was judged',
    '',
    ...tableOf(['', ''], identityOf(material)),
    '',
    '## Evidence',
    '',
    ...tableOf(
      ['hypothesis', 'verdict', 'n', 'in words'],
      rowsOf(material).map(({ id, state, n, sentence }) => [id, state, String(n), sentence]),
    ),
    '',
    '## Where the requests went',
    '',
    ...whereRequestsWent(material).map((line) => `- ${plain(line)}`),
  ];
  if (verdicts.length > 0) {
    const rows = verdicts.map((one) => [at(one.at), one.hypothesis, `${one.from} → ${one.to}`, String(one.n)]);
    lines.push('', '## How the verdicts came about', '', ...tableOf(['when', 'hypothesis', 'change', 'n'], rows));
  }
  if (samples.length > 0) {
    const rows = samples
      .slice(0, mostSamples)
      .map((one) => [
        one.exchangeId,
        one.arm,
        one.what,
        answerText(one.production),
        answerText(one.answer),
        doneTo(one),
        featuresText(one),
      ]);
    lines.push('', '## Divergent samples', '', ...tableOf(sampleHead, rows));
  }
  return `${[...lines, '', `Content: ${hashOf(material)}`].join('\n')}\n`;
}

function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const line = (cells: readonly string[]): string => `| ${cells.map(plain).join(' | ')} |`;
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line)];
}
