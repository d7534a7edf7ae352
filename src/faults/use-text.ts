// One use of a perturbation or fault in a few words, as a person would name it beside a request that it acted on.
import { formatDuration, formatShare } from '../core/units.ts';
import type { KindUse } from '../model.ts';

type Options = Readonly<Record<string, unknown>>;

/** Said of the whole arm, or hardly worth a word beside one request. */
const left: readonly string[] = ['features', 'share', 'seed', 'everyMs', 'afterMs', 'settleMs', 'key', 'name', 'does'];
const mostFeatures = 6;

/**
 * @example useText({ type: 'scale', options: { features: 'dep_delay', by: 60, share: 0.2 } }) // 'scale dep_delay, by 60'
 * @example useText({ type: 'delay', options: { delayMs: 300 } }) // 'delay 300ms'
 */
export function useText({ type, options }: KindUse): string {
  const { features, name } = options;
  const does = options.does as KindUse | undefined;
  const about = [featuresText(features), typeof name === 'string' ? name : ''].filter((text) => text !== '');
  const inner = does === undefined ? [] : [useText(does)];
  const [head, ...rest] = detailsOf(type, options);
  const first = [type, ...about, ...(head?.isMain ? [head.text] : [])].join(' ');
  const more = head === undefined || head.isMain ? rest : [head, ...rest];
  return [first, ...inner, ...more.map(({ text }) => text)].join(', ');
}

function featuresText(features: unknown): string {
  if (features === undefined) return '';
  const names = Array.isArray(features) ? features.map(String) : [String(features)];
  const shown = names.slice(0, mostFeatures).join(' + ');
  return names.length > mostFeatures ? `${shown} and ${names.length - mostFeatures} more` : shown;
}

/** The option that carries the kind's own name stands first, without that name: `{delay: 300ms}`. */
function detailsOf(type: string, options: Options): { readonly text: string; readonly isMain: boolean }[] {
  const found = Object.entries(options).flatMap(([name, value]) => {
    const isPlain = typeof value === 'number' ? value !== 0 : typeof value === 'string' || Array.isArray(value);
    if (left.includes(name) || !isPlain) return [];
    const isMain = name.replace(/Ms$/, '') === type;
    return [{ text: isMain ? valueText(name, value) : `${wordsOf(name)} ${valueText(name, value)}`, isMain }];
  });
  return found.sort((one, other) => Number(other.isMain) - Number(one.isMain));
}

function wordsOf(name: string): string {
  return name.replace(/Ms$/, '').replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function valueText(name: string, value: unknown): string {
  if (typeof value === 'number' && name.endsWith('Ms')) return formatDuration(value);
  if (typeof value === 'number' && name.endsWith('Share')) return formatShare(value);
  return Array.isArray(value) ? value.join(' to ') : String(value);
}
