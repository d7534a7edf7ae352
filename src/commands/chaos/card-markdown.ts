// The card as Markdown: for a pull request or a model's own card.
import type { Card } from '../../chaos/card.ts';
import { differences } from '../../chaos/compare-versions.ts';
import { natureWords } from '../../chaos/nature.ts';
import { intervalText, metricWords, placeText, rateText, timesText } from '../../chaos/sentences.ts';
import {
  aboutLines,
  bracketWords,
  type Matrix,
  markOf,
  markWords,
  matricesOf,
  matrixTitle,
  type Place,
  placeValue,
} from './matrix.ts';

export function cardMarkdown(card: Card): string {
  const { service, versions, sentences, treatments, notes, faults } = card;
  const sections = [
    `# Robustness card: ${plain(service)}`,
    ...aboutLines(card).map(plain),
    list(sentences),
    plain(bracketWords(card)),
    ...differenceTable(card),
    ...matricesOf(card).map(matrixTable),
    `${markWords}. In brackets: between which shares, in per cent, the true one lies.`,
    '## How each fault shows',
    table(
      ['feature', 'fault', ...versions.map(({ name }) => name)],
      uniqueTreatments(card).map(({ feature, fault }) => [
        feature,
        fault,
        ...versions.map(({ name }) => {
          const found = treatments.find(
            (one) => one.feature === feature && one.fault === fault && one.version === name,
          );
          return found === undefined ? '' : `${found.nature} (acted on ${found.acted} of ${found.asked})`;
        }),
      ]),
    ),
    list(Object.entries(natureWords).map(([nature, words]) => `**${nature}**: ${words}`)),
    '## What was expected',
    'Of several lines the one that names the fault and feature more closely counts.',
    list(card.expectations.map(plain)),
    '## What was done',
    list(faults.map(({ name, what }) => `**${name}**: ${plain(what)}`)),
    '## How to read the numbers',
    list(notes.map(plain)),
  ];
  return `${sections.join('\n\n')}\n`;
}

function uniqueTreatments({ treatments, versions }: Card) {
  return treatments.filter(({ version }) => version === versions[0]?.name);
}

function matrixTable(matrix: Matrix): string {
  const rows = matrix.rows.map(({ feature, version, places }) => [feature, version.name, ...places.map(placeMark)]);
  return `## ${matrixTitle(matrix)}\n\n${table(['feature', 'version', ...matrix.faults], rows)}`;
}

function placeMark(place: Place | null): string {
  if (place === null) return '';
  const { cell, comparison } = place;
  const ratio = comparison?.ratio ?? null;
  const arrow = comparison?.finding === 'more' ? ' ▲' : comparison?.finding === 'less' ? ' ▼' : '';
  const times = arrow !== '' && ratio !== null ? ` ${timesText(ratio)}` : '';
  return `${placeValue(place)} ${intervalText(cell.interval)} ${markOf(cell)}${arrow}${times}`;
}

function differenceTable({ comparisons, cells }: Card): string[] {
  const told = differences(comparisons);
  if (told.length === 0) return [];
  const rows = told.map((one) => {
    const rate = (version: string): string => {
      const cell = cells.find(
        (known) =>
          known.version === version &&
          known.feature === one.feature &&
          known.fault === one.fault &&
          known.metric === one.metric &&
          known.decision === one.decision,
      );
      return cell === undefined ? '' : rateText(cell);
    };
    const [low, high] = one.interval;
    return [
      placeText(one),
      metricWords(one.metric),
      `${one.candidate} ${rate(one.candidate)}`,
      `${one.production} ${rate(one.production)}`,
      `${one.ratio === null ? '' : `**${timesText(one.ratio)}** `}[${timesText(low)}, ${high === null ? '∞' : timesText(high)}]`,
    ];
  });
  return [
    `## Proven differences, the surest first\n\n${table(['under', 'what', 'candidate', 'production', 'times as often'], rows)}`,
  ];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(plain).join(' | ')} |`;
  return [line(head), `|${head.map(() => '---|').join('')}`, ...rows.map(line)].join('\n');
}

function list(items: readonly string[]): string {
  return items.map((item) => `- ${item}`).join('\n');
}

/** Names come from people: what would end a table's cell or begin HTML is written out. */
function plain(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('\n', ' ');
}
