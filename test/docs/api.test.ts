// The library's documentation is complete and up to date: it is generated anew and compared.
import { describe, expect, it } from 'vitest';
import * as door from '../../src/index.ts';
import { apiText, readApi, readWrittenApi } from './api.ts';
import { declarationsIn } from './declarations.ts';

const all = readApi();

it('is up to date (run: npm run docs)', () => {
  expect(readWrittenApi()).toBe(apiText(all));
});

it('names every export of the library door, and each once', () => {
  const names = all.map(({ name }) => name);
  expect(Object.keys(door).filter((name) => !names.includes(name))).toEqual([]);
  const headings = [...apiText(all).matchAll(/^### `(\w+)`$/gm)].map((match) => match[1]);
  expect(headings.toSorted()).toEqual([...new Set(names)].toSorted());
});

it('says of every value what it is', () => {
  expect(all.filter(({ name, words }) => name in door && words === '').map(({ name }) => name)).toEqual([]);
});

describe('declarations', () => {
  it('are read with their comments, whatever brackets and quotes they hold', () => {
    const text = `import type { A } from './a.ts';
/** One. */
export interface One {
    /** A brace } in a comment; */
    readonly kind: 'a;b' | '}';
}
/**
 * Two
 * lines.
 *
 * @throws PenumbraError X when wrong
 * @example two({ a: 1 }) // 2
 */
export declare function two({ a }: {
    a: number;
}): import("./b.ts").B;
declare const hidden = 1;
export type Three = keyof typeof hidden;
export {};
`;
    expect(declarationsIn(text)).toEqual([
      {
        name: 'One',
        code: "interface One {\n    /** A brace } in a comment; */\n    readonly kind: 'a;b' | '}';\n}",
        words: 'One.',
        throws: '',
        example: '',
      },
      {
        name: 'two',
        code: 'function two({ a }: {\n    a: number;\n}): B;',
        words: 'Two\nlines.',
        throws: 'PenumbraError X when wrong',
        example: 'two({ a: 1 }) // 2',
      },
      { name: 'Three', code: 'type Three = keyof typeof hidden;', words: '', throws: '', example: '' },
    ]);
  });
});
