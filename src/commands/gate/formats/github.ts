// GitHub Actions: an annotation for each reason, the step's summary, and outputs for later steps. Workflow commands:
// https://docs.github.com/actions/reference/workflow-commands-for-github-actions
import { gateExitCodes } from '../../../core/judge/gate.ts';
import { besides, type GateFile, type GateFormat, oneLine } from './format.ts';
import { markdownOf } from './markdown.ts';

export const github: GateFormat = {
  name: 'github',
  summary: 'GitHub Actions: annotations, the step summary, and the outputs verdict, exit-code, run and reason',
  write: (answer, { GITHUB_STEP_SUMMARY: summary, GITHUB_OUTPUT: output }) => {
    const { verdict, reasons, reasonCode, run = '' } = answer;
    const level = verdict === 'PASS' ? 'notice' : 'error';
    const files: GateFile[] = [];
    if (summary) files.push({ path: summary, text: `${markdownOf(answer)}\n`, append: true });
    if (output) {
      const outputs = { verdict, 'exit-code': gateExitCodes[verdict], run, reason: reasonCode };
      const lines = Object.entries(outputs).map(([name, value]) => `${name}=${oneLine(String(value))}\n`);
      files.push({ path: output, text: lines.join(''), append: true });
    }
    const lines = reasons.map((reason) => `::${level} title=penumbra gate ${verdict}::${data(reason)}`);
    const more = besides(answer).map((line) => `::warning title=penumbra gate::${data(line)}`);
    return { stdout: [`${verdict} (exit ${gateExitCodes[verdict]})`, ...lines, ...more].join('\n'), files };
  },
};

function data(text: string): string {
  return oneLine(text).replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}
