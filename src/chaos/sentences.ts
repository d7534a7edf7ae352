// What the card says first: the largest proven differences between versions, then how each version bears its faults.
import { percent } from '../core/judge/words.ts';
import type { Card, CardCell, CardVersion } from './card.ts';
import { type Comparison, differences } from './compare-versions.ts';
import { wholeRequest } from './plan-suite.ts';

type Unsaid = Omit<Card, 'sentences'>;

/** Most differences in words; the rest stands in the tables. */
const mostDifferences = 5;
const mostSilent = 3;

export function sentencesOf(card: Unsaid): readonly string[] {
  const candidates = card.versions.filter(({ role }) => role === 'candidate');
  return [
    ...alike(differences(card.comparisons)).slice(0, mostDifferences).map(differenceText),
    ...candidates.flatMap((version) => untold(version, card)),
    ...card.versions.map((version) => silentText(version, card)),
    ...loudTexts(card),
    ...card.versions.map(summaryText),
  ];
}

/** Faults that show in the very same requests (two ways to leave a range, say) are one finding, and one sentence. */
function alike(comparisons: readonly Comparison[]): readonly (readonly Comparison[])[] {
  const groups = new Map<string, Comparison[]>();
  for (const one of comparisons) {
    const { fault: _, ...rest } = one;
    const key = JSON.stringify(rest);
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()];
}

function differenceText(group: readonly Comparison[]): string {
  const [comparison] = group as readonly [Comparison, ...Comparison[]];
  const { candidate, production, finding, metric, candidateRate, productionRate, ratio, interval } = comparison;
  const [low, high] = interval;
  const isMore = finding === 'more';
  const factor = isMore ? ratio : ratio === null || ratio === 0 ? null : 1 / ratio;
  const [least, most] = isMore ? [low, high] : [1 / (high ?? 1), low === 0 ? null : 1 / low];
  const times = factor === null ? `at least ${timesText(least)}` : timesText(factor);
  const range = `[${numberText(least)}, ${most === null ? '∞' : numberText(most)}]`;
  const rates = `${metricWords(metric)} ${percent(candidateRate)} against ${percent(productionRate)}`;
  return `${candidate} is ${times} ${range} ${isMore ? 'more' : 'less'} fragile than ${production} to ${placesText(group)}: ${rates}`;
}

/** "wrong-unit temp and out-of-range temp" */
function placesText(places: readonly Comparison[]): string {
  return places.map(placeText).join(' and ');
}

/** "stale dep_delay" */
export function placeText({ feature, fault }: { readonly feature: string; readonly fault: string }): string {
  return feature === wholeRequest ? `${fault} (${feature})` : `${fault} ${feature}`;
}

/** Beyond this a ratio was hardly bounded at all. */
const mostTimes = 1000;

/** "3.1×" */
export function timesText(factor: number): string {
  return `${numberText(factor)}×`;
}

/** Two digits; more where they would make even ground of what is none. */
function numberText(number: number): string {
  if (number >= mostTimes) return `over ${mostTimes}`;
  if (number >= 100) return String(Math.round(number));
  const short = Number(number.toPrecision(2));
  return String(short === 1 ? Number(number.toPrecision(4)) : short);
}

/** Ends "… 12 % against 4 %". */
export function metricWords(metric: string): string {
  return words[metric] ?? `${metric} rate`;
}

const words: Readonly<Record<string, string>> = {
  flip: 'decisions flipped',
  'silent-wrong': 'silently wrong',
  'confidence-fall': 'confidence fell',
};

function untold({ name }: CardVersion, { comparisons, versions }: Unsaid): string[] {
  const about = comparisons.filter(({ candidate }) => candidate === name);
  const told = about.filter(({ finding }) => finding !== 'not told apart').length;
  const production = versions[0]?.name ?? '';
  if (about.length === 0) return [];
  if (told === 0) return [`${name} and ${production} cannot be told apart in any of ${about.length} comparisons`];
  return [
    `${name} is proven to differ from ${production} in ${told} of ${about.length} comparisons, each of one fault of one feature by one measure; in the others these requests cannot tell the two apart`,
  ];
}

function silentText({ name }: CardVersion, { cells, treatments }: Unsaid): string {
  const silent = treatments.filter(({ version, nature }) => version === name && nature === 'silent');
  if (silent.length === 0) return `${name}: no fault is proven to make it silently wrong more often than was expected`;
  const rates = silent.flatMap(({ feature, fault }) =>
    cells.filter((cell) => cell.version === name && cell.feature === feature && cell.fault === fault && isSilent(cell)),
  );
  const worst = rates.sort((one, other) => (other.estimate ?? 0) - (one.estimate ?? 0)).slice(0, mostSilent);
  const named = worst.map((cell) => `${placeText(cell)} ${rateText(cell)}`);
  const count = `${silent.length} of ${treatments.filter(({ version }) => version === name).length} combinations of fault and feature`;
  return `${name} is silently wrong more often than was expected under ${count}, most often under ${named.join(', ')}`;
}

function isSilent({ metric }: CardCell): boolean {
  return metric === 'silent-wrong';
}

/** "12.3 % [10.8, 14]" */
export function rateText({ estimate, interval }: Pick<CardCell, 'estimate' | 'interval'>): string {
  return estimate === null ? 'never seen' : `${percent(estimate)} ${intervalText(interval)}`;
}

/** Nobody reads more digits of a lower end. */
const smallest = 0.0001;

/** "[10.8, 14]", in per cent. */
export function intervalText([low, high]: readonly [number, number]): string {
  const end = (share: number): string =>
    share < smallest ? '0' : String(Number((100 * share).toPrecision(share >= 0.1 ? 3 : 2)));
  return `[${end(low)}, ${end(high)}]`;
}

function loudTexts({ versions, treatments, faults }: Unsaid): string[] {
  const isLoud = (fault: string, version: string): boolean => {
    const about = treatments.filter((one) => one.fault === fault && one.version === version);
    return about.length > 0 && about.every(({ nature }) => nature === 'loud');
  };
  return faults.flatMap(({ name }) => {
    const loud = versions.filter((version) => isLoud(name, version.name)).map((version) => version.name);
    return loud.length === 0
      ? []
      : [`${name} is loud: ${loud.join(' and ')} fail or mark their answers, so it is noticed`];
  });
}

function summaryText({ name, summary: { HOLDS, VIOLATED, UNDECIDED } }: CardVersion): string {
  return `${name}: of ${HOLDS + VIOLATED + UNDECIDED} expectations ${HOLDS} are proven to hold (✓), ${VIOLATED} are proven violated (✗), ${UNDECIDED} are undecided (?)`;
}
