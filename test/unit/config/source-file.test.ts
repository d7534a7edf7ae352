// `source.file`: what it becomes, how it is printed back, and what is refused.
import { describe, expect, it } from 'vitest';
import type { EffectiveConfig } from '../../../src/config/effective.ts';
import { effectiveText } from '../../../src/config/effective-text.ts';
import { checkConfigText } from '../../../src/config/load.ts';
import { soundConfig } from '../../support/bad-config.ts';

const check = (source: string) =>
  checkConfigText(soundConfig.replace(/^source: .*$/m, `source: ${source}`), { env: {}, directory: '/recordings' });

describe('source.file', () => {
  it.each([
    ['{path: a.gor.gz}', { path: '/recordings/a.gor.gz', format: null, speed: 1 }],
    ['{path: /a.jsonl, format: jsonl, speed: 2x}', { path: '/a.jsonl', format: 'jsonl', speed: 2 }],
    ['{path: /a, format: goreplay, speed: 0.5x}', { path: '/a', format: 'goreplay', speed: 0.5 }],
    ['{path: /a, speed: as fast as possible}', { path: '/a', format: null, speed: null }],
  ])('%s', (written, expected) => {
    const { config, errors } = check(`{file: ${written}}`);
    expect(errors).toEqual([]);
    expect(config?.source).toMatchObject({ file: expected, http: false, tap: null });
    const again = checkConfigText(effectiveText(config as EffectiveConfig), { env: {}, directory: '/' });
    expect(again.errors).toEqual([]);
    expect(again.config?.source).toEqual(config?.source);
  });

  it.each([
    ['{file: {path: x, speed: fast}}', 'source.file.speed requires recorded, a multiple such as 2x (0.01x to 1000x)'],
    ['{file: {path: x, speed: 0x}}', 'source.file.speed requires'],
    ['{file: {speed: 2x}}', 'source.file requires path'],
    ['{file: {path: x, format: har}}', 'goreplay, jsonl'],
    ['{file: {path: x}, http: true}', "source.http cannot be on beside source.file, whose time is the recording's"],
    ['{file: {path: x}, tap: {listen: 127.0.0.1:9000}}', 'source.tap cannot be on beside source.file'],
  ])('%s is refused', (source, why) => {
    expect(
      check(source)
        .errors.map(({ message }) => message)
        .join('\n'),
    ).toContain(why);
  });
});
