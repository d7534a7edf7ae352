// The page's files: they parse, stay small, import only one another, take nothing from elsewhere, and never turn text into markup.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const folder = join(import.meta.dirname, '../../../src/page');
const names = readdirSync(folder);
const scripts = names.filter((name) => name.endsWith('.js'));
const textOf = (name: string) => readFileSync(join(folder, name), 'utf8');

describe('every script of the page', () => {
  it.each(scripts)('%s parses, says what it is, and is one idea long', (name) => {
    const { status, stderr } = spawnSync(process.execPath, ['--check', join(folder, name)], { encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
    const lines = textOf(name).split('\n');
    expect(lines[0]).toMatch(/^\/\/ \S/);
    expect(lines.length).toBeLessThanOrEqual(250);
  });

  it.each(scripts)('%s imports only what is served beside it, and somebody imports it', (name) => {
    const imports = [...textOf(name).matchAll(/from '([^']+)'/g)].map((match) => match[1] as string);
    const served = new Set([...scripts, 'uPlot.esm.js'].map((one) => `./${one}`));
    expect(imports.filter((one) => !served.has(one))).toEqual([]);
    const users = [...scripts, 'index.html'].filter((one) => textOf(one).includes(`/${name}`));
    expect(users.length).toBeGreaterThan(0);
  });

  it.each(scripts)('%s turns no text into markup or code', (name) => {
    const forbidden = /innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|\beval\(|new Function|srcdoc/;
    expect(forbidden.exec(textOf(name))?.[0]).toBeUndefined();
  });
});

it('nothing of the page names another place', () => {
  const found = names.flatMap((name) => textOf(name).match(/(https?:)?\/\/[\w-]+\.[\w.]+\S*/g) ?? []);
  expect(found.filter((address) => !address.includes('www.w3.org/2000/svg'))).toEqual([]);
});

it('the markup has no script, style or handler of its own: the policy would refuse it', () => {
  const html = textOf('index.html');
  expect(html).not.toMatch(/<style|\sstyle=|\son\w+=|javascript:/);
  expect([...html.matchAll(/<script[^>]*>([^<]*)/g)].map((match) => match[1])).toEqual(['']);
});
