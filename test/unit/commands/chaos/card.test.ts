// The card of a stated suite: what it says first, and that every form of it says the same.
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { describeFault } from '../../../../src/chaos/describe-fault.ts';
import { sentencesOf } from '../../../../src/chaos/sentences.ts';
import { cardHtml } from '../../../../src/commands/chaos/card-html.ts';
import { cardMarkdown } from '../../../../src/commands/chaos/card-markdown.ts';
import { cardText } from '../../../../src/commands/chaos/card-text.ts';
import { exitCodeFor } from '../../../../src/commands/chaos.ts';
import { suiteCard as card } from '../../../support/chaos-suite.ts';

const headline = 'v2 is 4× [2.2, 7.8] more fragile than v1 to stale delay: silently wrong 40 % against 10 %';

describe('the card as data', () => {
  it('has for every version, feature, fault and metric an interval, a verdict and the limit', () => {
    expect(card.cells).toHaveLength(19);
    for (const { interval, verdict, estimate, relation, limit, share } of card.cells) {
      const [low, high] = interval;
      expect(low).toBeLessThanOrEqual(estimate ?? low);
      expect(high).toBeGreaterThanOrEqual(estimate ?? high);
      expect(['HOLDS', 'VIOLATED', 'UNDECIDED']).toContain(verdict);
      expect([relation, limit]).toEqual(['bounded', 0.05]);
      expect(share).toBeGreaterThan(0);
    }
    expect(card.summary).toEqual({ HOLDS: 13, VIOLATED: 2, UNDECIDED: 4 });
    expect(card.versions.map(({ role, summary }) => [role, summary.VIOLATED])).toEqual([
      ['production', 0],
      ['candidate', 2],
    ]);
  });

  it('says of what did not run that nothing is known', () => {
    const slow = card.cells.filter(({ version, fault }) => version === 'v2' && fault === 'slow');
    expect(slow).toMatchObject([
      { feature: 'whole request', n: 0, estimate: null, interval: [0, 1], verdict: 'UNDECIDED' },
    ]);
    expect(card.notes.slice(0, 2)).toEqual([
      'left out: v2: whole request: maxTime was over',
      'v2 did not answer 10 of 1050 untouched requests: they are in no cell',
    ]);
  });

  it('tells loud from silent from bounded from idle', () => {
    const natureOf = (version: string, feature: string, fault: string) =>
      card.treatments.find((one) => one.version === version && one.feature === feature && one.fault === fault)?.nature;
    expect(natureOf('v2', 'delay', 'stale')).toBe('silent');
    expect(natureOf('v1', 'delay', 'stale')).toBe('unclear');
    expect(natureOf('v1', 'wind', 'stale')).toBe('bounded');
    expect(natureOf('v1', 'wind', 'dropped')).toBe('loud');
    expect(natureOf('v2', 'wind', 'stale')).toBe('idle');
  });

  it('names the largest difference first, with an interval that excludes even ground', () => {
    expect(card.sentences[0]).toBe(headline);
    expect(card.comparisons[0]).toMatchObject({ metric: 'silent-wrong', ratio: 4, finding: 'more' });
    expect(card.sentences).toContain('dropped is loud: v1 and v2 fail or mark their answers, so it is noticed');
  });

  it('says what was expected as the config does', () => {
    const expected = 'stale.wind: flip at least 2%, confidenceFall (by 0.1) at most 20% and loud';
    expect(card.expectations).toEqual([expected]);
    for (const form of [cardText(card), cardMarkdown(card), cardHtml(card)]) expect(form).toContain(expected);
  });

  it('says before anything else which version is in production, and what was asked', () => {
    const about = 'Under every fault each version was asked 1050 requests of';
    for (const form of [cardText(card), cardMarkdown(card), cardHtml(card)]) {
      expect(form).toContain('v1 (v1+sha256.1), in production; beside it v2, a candidate');
      expect(form).toContain(about);
      expect(form).toMatch(/6× \[3, 13\] more fragile(&quot;|") means/);
    }
  });

  it('is one sentence where two faults show in the very same way', () => {
    const [first] = card.comparisons;
    const twin = { ...first, fault: 'scaled' } as NonNullable<typeof first>;
    const [sentence] = sentencesOf({
      ...card,
      comparisons: [first as typeof twin, twin, ...card.comparisons.slice(1)],
    });
    expect(sentence).toBe(headline.replace('stale delay', 'stale delay and scaled delay'));
  });

  it('describes a fault without its defaults', () => {
    const fault = { name: 'f', features: ['a'], perturbations: [], faults: [] };
    const told = (type: string, options: object) =>
      describeFault({ ...fault, perturbations: [{ type, options: options as Record<string, unknown> }] });
    expect(told('scale', { features: ['each'], by: 60, share: 1 })).toBe(
      'Multiplies a number by a factor: a mix-up of units (by: 60)',
    );
    expect(told('zero', { features: ['a', 'b'], share: 0.5 })).toBe(
      'Sets the feature to 0 (false for a boolean): a, b (share: 50%)',
    );
    const held = { delayMs: 800, jitterMs: 100, distribution: 'pareto', share: 0.1 };
    expect(describeFault({ ...fault, faults: [{ type: 'delay', options: held }] })).toBe(
      'Holds a share of the requests back before they are sent (delay: 800ms, jitter: 100ms, distribution: pareto, share: 10%)',
    );
  });

  it('ends as the gate does', () => {
    expect(exitCodeFor(card)).toBe(10);
    expect(exitCodeFor({ summary: { HOLDS: 9, VIOLATED: 0, UNDECIDED: 1 } })).toBe(11);
    expect(exitCodeFor({ summary: { HOLDS: 9, VIOLATED: 0, UNDECIDED: 0 } })).toBe(0);
  });
});

describe('the card as text', () => {
  const lines = stripVTControlCharacters(cardText(card)).split('\n');

  it('opens with the sentences and holds one grid per metric', () => {
    expect(lines.find((line) => line.startsWith('• '))).toBe(`• ${headline}`);
    expect(lines.filter((line) => line.startsWith('Flips:'))).toHaveLength(1);
    const row = lines.find((line) => line.startsWith('  delay v1')) ?? '';
    expect(row.split(/\s{2,}/).slice(1)).toEqual(['delay v1', '5 % ?', 'loud ✓ ']);
    expect(lines.some((line) => /^\s+v2 +20 % ✗▲ +loud ✓/.test(line))).toBe(true);
  });

  it('gives proven differences with their intervals', () => {
    const index = lines.findIndex((line) => line.startsWith('Proven differences'));
    expect(lines[index + 1]).toContain('v2/v1  stale delay  4×  [2.2×, 7.8×]');
  });
});

describe('the card as Markdown', () => {
  const text = cardMarkdown(card);

  it('is tables whose rows all have the columns of their head', () => {
    const tables = text.split('\n\n').filter((part) => part.startsWith('|') || part.includes('\n|'));
    expect(tables.length).toBeGreaterThanOrEqual(5);
    for (const table of tables) {
      const rows = table.split('\n').filter((line) => line.startsWith('|'));
      const columns = rows.map((row) => row.split('|').length);
      expect(new Set(columns).size).toBe(1);
    }
  });

  it('carries the intervals and no markup of others', () => {
    expect(text).toContain('20 % [15.2, 25.5] ✗ ▲ 4×');
    expect(text).toContain('# Robustness card: flights &lt;b>');
  });
});

describe('the card as HTML', () => {
  const html = cardHtml(card);

  it('stands alone: no script, nothing from elsewhere, light and dark', () => {
    expect(html).not.toMatch(/<script|https?:|src=|@import|url\(/);
    expect(html).toContain('prefers-color-scheme:dark');
    expect(html).not.toContain('flights <b>');
    expect(html).toContain('&lt;rows&gt;.jsonl');
  });

  it('has a rectangle with its words for every cell, and marks the proven difference', () => {
    const rectangles = html.match(/<rect /g) ?? [];
    expect(rectangles).toHaveLength(card.cells.length);
    expect(html.match(/<title>v\d, .*\n(HOLDS|VIOLATED|UNDECIDED): expected at most 5 %/g)).toHaveLength(
      card.cells.length,
    );
    expect(html.match(/class="cell rate told"/g)).toHaveLength(2);
    expect(html).toContain('>4×▲</text>');
    expect(html.match(/class="cell loud"/g)).toHaveLength(8);
  });

  it('is sound: every element that is opened is closed in its turn', () => {
    const open: string[] = [];
    const body = html.slice(html.indexOf('<body>'), html.indexOf('</html>')).replace(/<style>[\s\S]*?<\/style>/, '');
    for (const [, close, name = '', rest = ''] of body.matchAll(/<(\/?)([a-z][a-z0-9]*)\b([^>]*)>/g)) {
      if (close === '/') expect(open.pop()).toBe(name);
      else if (!rest.endsWith('/')) open.push(name);
    }
    expect(open).toEqual([]);
  });
});
