// The card in a terminal: what can be said first, then one grid per metric, then what was loud, bounded or silent.
import pc from 'picocolors';
import type { Card, CardVerdict } from '../../chaos/card.ts';
import { differences } from '../../chaos/compare-versions.ts';
import { type Nature, natureWords } from '../../chaos/nature.ts';
import { metricWords, placeText, timesText } from '../../chaos/sentences.ts';
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

const paint: Readonly<Record<CardVerdict, (text: string) => string>> = {
  HOLDS: pc.green,
  VIOLATED: pc.red,
  UNDECIDED: pc.yellow,
};

export function cardText(card: Card): string {
  const { service, sentences, notes } = card;
  const lines = [
    pc.bold(`Robustness card: ${service}`),
    ...aboutLines(card),
    '',
    ...sentences.map((sentence) => `• ${sentence}`),
    '',
    pc.dim(bracketWords(card)),
    ...matricesOf(card).flatMap((matrix, index, all) => matrixLines(matrix, all[index - 1])),
    '',
    markWords,
    ...differenceLines(card),
    ...natureLines(card),
    '',
    pc.bold('What was expected (of several lines the one that names the fault and feature more closely counts)'),
    ...card.expectations.map((text) => `  ${text}`),
    '',
    pc.bold('What was done'),
    ...card.faults.map(({ name, what }) => `  ${name.padEnd(widest(card.faults.map((one) => one.name)))}  ${what}`),
    '',
    ...notes.map((note) => pc.dim(note)),
  ];
  return `${lines.join('\n')}\n`;
}

/** What is done to the whole request stands under the features of the same metric. */
function matrixLines(matrix: Matrix, before: Matrix | undefined): string[] {
  const { faults, rows } = matrix;
  const feature = widest(rows.map((row) => row.feature));
  const version = widest(rows.map((row) => row.version.name));
  const texts = rows.map(({ places }) => places.map(shownPlace));
  const widths = faults.map((fault, index) => widest([fault, ...texts.map((row) => row[index]?.plain ?? '')]));
  const head = faults.map((fault, index) => fault.padStart(widths[index] ?? 0)).join('  ');
  return [
    ...(before !== undefined && matrixTitle(before) === matrixTitle(matrix) ? [] : ['', pc.bold(matrixTitle(matrix))]),
    `  ${' '.repeat(feature + version + 1)}  ${head}`,
    ...rows.map((row, place) => {
      const name = rows[place - 1]?.feature === row.feature ? '' : row.feature;
      const cells = (texts[place] ?? []).map(({ plain, shown }, index) => {
        return `${' '.repeat(Math.max(0, (widths[index] ?? 0) - plain.length))}${shown}`;
      });
      return `  ${name.padEnd(feature)} ${row.version.name.padEnd(version)}  ${cells.join('  ')}`;
    }),
  ];
}

interface Shown {
  readonly plain: string;
  readonly shown: string;
}

/** "12 %✗▲" */
function shownPlace(place: Place | null): Shown {
  if (place === null) return { plain: '', shown: '' };
  const { verdict } = place.cell;
  const finding = place.comparison?.finding;
  const arrow = finding === 'more' ? '▲' : finding === 'less' ? '▼' : ' ';
  const plain = `${placeValue(place)} ${markOf(place.cell)}${arrow}`;
  return { plain, shown: paint[verdict](plain) };
}

const mostLines = 12;

/** With intervals: the ratio holds together with all others. */
function differenceLines({ comparisons }: Card): string[] {
  const told = differences(comparisons).slice(0, mostLines);
  if (told.length === 0) return [];
  const rows = told.map((one) => {
    const { candidate, production, interval, ratio, metric, candidateRate, productionRate } = one;
    const [low, high] = interval;
    const range = `[${timesText(low)}, ${high === null ? '∞' : timesText(high)}]`;
    const rates = `${metricWords(metric)} ${(100 * candidateRate).toFixed(1)} % against ${(100 * productionRate).toFixed(1)} %`;
    return [`${candidate}/${production}`, placeText(one), ratio === null ? '–' : timesText(ratio), range, rates];
  });
  const widths = [0, 1, 2, 3].map((index) => widest(rows.map((row) => row[index] ?? '')));
  const lines = rows.map((row) => `  ${row.map((text, index) => text.padEnd(widths[index] ?? 0)).join('  ')}`);
  return ['', pc.bold('Proven differences, the surest first: how many times as often as in production'), ...lines];
}

function natureLines({ treatments, versions }: Card): string[] {
  const natures = Object.keys(natureWords) as Nature[];
  return [
    '',
    pc.bold('How faults show: combinations of fault and feature'),
    ...natures.flatMap((nature) => {
      const found = treatments.filter((one) => one.nature === nature);
      if (found.length === 0) return [];
      const counts = versions.map(({ name }) => `${name} ${found.filter(({ version }) => version === name).length}`);
      return [`  ${nature.padEnd(widest(natures))}  ${counts.join(', ')}: ${natureWords[nature]}`];
    }),
  ];
}

function widest(texts: readonly string[]): number {
  return Math.max(0, ...texts.map((text) => text.length));
}
