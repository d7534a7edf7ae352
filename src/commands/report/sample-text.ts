// A divergent sample as people read it in the report: what differed and both answers first, the features last, because they are long.
import type { Sample } from '../../io/store-port.ts';

export const sampleHead = ['request', 'arm', 'what differed', 'production', 'arm answered', 'done to it', 'features'];

/** @example "late: true (score 0.83)" */
export function answerText(answer: unknown): string {
  if (!isRecord(answer)) return valueText(answer);
  if (typeof answer.status === 'string')
    return typeof answer.reason === 'string' ? `${answer.status} (${answer.reason})` : answer.status;
  return Object.entries(answer)
    .map(([decision, prediction]) => `${decision}: ${predictionText(prediction)}`)
    .join('; ');
}

/** @example "dep_delay 30, distance 2153" */
export function featuresText({ features }: Pick<Sample, 'features'>): string {
  return Object.entries(features)
    .map(([name, value]) => `${name} ${valueText(value)}`)
    .join(', ');
}

function predictionText(prediction: unknown): string {
  if (!isRecord(prediction)) return valueText(prediction);
  const { label, scores, value, items, text, vector, confidence } = prediction;
  if (typeof value === 'number') return valueText(value);
  if (Array.isArray(items)) return items.slice(0, mostItems).join(', ');
  if (typeof text === 'string') return text;
  if (Array.isArray(vector)) return `[${vector.slice(0, mostItems).map(valueText).join(', ')}, …]`;
  const said = typeof label === 'string' && label !== '' ? label : 'nothing';
  if (Array.isArray(scores) && scores.length === 1) return `${said} (score ${valueText(scores[0])})`;
  return typeof confidence === 'number' ? `${said} (confidence ${valueText(confidence)})` : said;
}

const mostItems = 5;

function valueText(value: unknown): string {
  if (typeof value === 'number') return String(Number(value.toPrecision(6)));
  if (typeof value === 'string') return value;
  return JSON.stringify(value) ?? '';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
