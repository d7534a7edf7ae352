// Markdown: what a reviewer reads beside a merge request, and GitHub's step summary.
import { gateExitCodes } from '../../../core/judge/gate.ts';
import type { GateAnswer, GateHypothesis } from '../answer.ts';
import { besides, type GateFormat, oneLine } from './format.ts';

export const markdown: GateFormat = {
  name: 'markdown',
  summary: 'Markdown: the verdict, its reasons and a table of the hypotheses',
  write: (answer) => ({ stdout: markdownOf(answer) }),
};

export function markdownOf(answer: GateAnswer): string {
  const { verdict, reasons, experiment, run, candidate, hypotheses = [] } = answer;
  const about = [
    experiment === undefined ? null : `experiment ${plainMarkdown(experiment)}`,
    run === undefined ? null : `run ${plainMarkdown(run)}`,
    candidate?.version == null ? null : `candidate ${plainMarkdown(candidate.version)}`,
    answer.pairs === undefined ? null : `${answer.pairs} pairs`,
  ].filter((part) => part !== null);
  return [
    `### penumbra gate: ${verdict} (exit ${gateExitCodes[verdict]})`,
    ...(about.length === 0 ? [] : ['', about.join(' · ')]),
    '',
    ...[...reasons, ...besides(answer)].map((line) => `- ${plainMarkdown(line)}`),
    ...(hypotheses.length === 0 ? [] : ['', '| hypothesis | verdict | n | |', '|---|---|---:|---|']),
    ...hypotheses.map(row),
  ].join('\n');
}

function row({ id, verdict, required, n, sentence = '' }: GateHypothesis): string {
  return `| ${plainMarkdown(id)} | ${verdict}${required ? '' : ' (not required)'} | ${n} | ${plainMarkdown(sentence)} |`;
}

/** Text that stays text: no table cell, tag, link, mention or emphasis begins in it. */
export function plainMarkdown(text: string): string {
  return oneLine(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/[\\`*_[\]|#~@]/g, (mark) => `&#${mark.charCodeAt(0)};`);
}
