// defaultMatch without a value in a config: refused, with its place, where nobody could be asked, or nothing could be asked.
import { describe, expect, it } from 'vitest';
import { checkConfigText } from '../../../src/config/load.ts';

interface Written {
  readonly inputs?: string;
  readonly arms?: string;
  readonly expect?: string;
  readonly more?: string;
  readonly watch?: string;
}

const candidate = 'candidate: {target: {url: "http://127.0.0.1:2"}}';
const control = 'control: {target: {url: "http://127.0.0.1:3"}}';

function check({ inputs, arms = `{${control}, ${candidate}}`, expect: claims, more = 'warmUp: 5', watch }: Written) {
  const { errors, config } = checkConfigText(
    `service: s
production: {url: "http://127.0.0.1:1", protocol: open-inference-v2, slo: {latency: 1s}}
inputs: ${inputs ?? '[{name: a, default: 0}, {name: b, default: none, type: string}]'}
decisions: {late: {output: p, label: above 0.5}, all: {output: q, kind: vector}}
experiments:
  e:
    arms: ${arms}
    expect: ${claims ?? '{candidate.late: {defaultMatch: at most 1%}}'}
    stopWhen: [production.p99 above 1s]
    ${more}
${watch === undefined ? '' : `watch: ${watch}`}
`,
    { env: {}, directory: '/' },
  );
  return { config, problems: errors.map(({ line, column, message }) => `${line}:${column} ${message}`) };
}

const watch = '{late: {defaultMatch: at most 1%}}';
const swap = '{swap: {url: "http://127.0.0.1:4"}, share: 50%}';
const refused: readonly (readonly [string, Written, string])[] = [
  [
    'an input without a default',
    { inputs: '[{name: a}, {name: b, default: 1}, {name: c}]' },
    '8:45 experiments.e.expect.candidate.late.defaultMatch requires value, since its arm cannot be asked: no default is declared for a, c',
  ],
  ['no inputs at all', { inputs: '[]' }, 'no inputs are declared'],
  ['no warm-up to ask in', { more: 'warmUp: 0' }, 'it is asked in the warm-up, and there is none (warmUp: 0)'],
  [
    'an arm of two versions',
    {
      arms: `{half: {target: {url: "http://127.0.0.1:2"}, faults: [${swap}]}}`,
      expect: '{half.late: {defaultMatch: at most 1%}}',
    },
    'half swaps two versions, which may answer differently',
  ],
  [
    'a watch that no control could teach',
    { arms: `{${candidate}}`, expect: '{candidate.late: {flip: at most 1%}}', watch },
    '11:30 watch.late.defaultMatch requires value, since no control can be asked: no experiment has a control arm and a warm-up',
  ],
  [
    'a watch whose question cannot be put',
    { inputs: '[{name: a}]', expect: '{candidate.late: {flip: at most 1%}}', watch },
    'no default is declared for a',
  ],
  [
    'a decision that has no default',
    { expect: '{candidate.all: {defaultMatch: at most 1%}}' },
    'does not apply to all',
  ],
];

describe('defaultMatch without a value', () => {
  it.each(refused)('is refused for %s', (_, written, message) => {
    expect(check(written).problems.join('\n')).toContain(message);
  });

  it('is a limit alone, or with options none; a value goes without any question', () => {
    for (const claims of ['at most 1%', '{share: at most 1%}']) {
      const { config, problems } = check({ expect: `{candidate.late: {defaultMatch: ${claims}}}`, watch });
      expect(problems).toEqual([]);
      expect(config?.experiments[0]?.hypotheses[0]).toMatchObject({ metric: 'default-match', options: {} });
      expect(config?.watch?.claims[0]).toMatchObject({ kind: 'default-match', options: {} });
    }
    const valued = { expect: '{candidate.late: {defaultMatch: {value: 0.07, share: at most 1%}}}' };
    expect(check({ ...valued, inputs: '[{name: a}]', more: 'warmUp: 0' }).problems).toEqual([]);
  });
});
