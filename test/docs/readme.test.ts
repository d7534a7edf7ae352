// The README is the product's face: what is generated in it is up to date, what it links exists, what it commands is real.
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { readReadme, withTables } from './tables.ts';

const root = resolve(import.meta.dirname, '../..');
const text = readReadme();

it('has up-to-date tables (run: npm run docs)', () => {
  expect(withTables(text)).toBe(text);
});

it('links only to files that exist', () => {
  const targets = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map((match) => match[1] as string);
  expect(targets.filter((target) => !existsSync(join(root, target)))).toEqual([]);
});

it('names only npm scripts and penumbra commands that exist', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const used = [...text.matchAll(/npm run ([\w:]+)/g)].map((match) => match[1] as string);
  expect(used.filter((name) => scripts[name] === undefined)).toEqual([]);
  const main = readFileSync(join(root, 'src/main.ts'), 'utf8');
  const commands = [...text.matchAll(/^ +(?:npx )?penumbra ([a-z-]+)/gm)].map((match) => match[1] as string);
  expect(commands.length).toBeGreaterThan(3);
  expect(commands.filter((name) => !main.includes(`${name}'`) && !main.includes(` ${name}:`))).toEqual([]);
});
