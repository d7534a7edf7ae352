// A token for each scope: references, printed back as references, and refused where they would mean two things.
import { describe, expect, it } from 'vitest';
import type { EffectiveConfig } from '../../../src/config/effective.ts';
import { effectiveText } from '../../../src/config/effective-text.ts';
import { checkConfigText } from '../../../src/config/load.ts';
import { soundConfig } from '../../support/bad-config.ts';

const env = { R: 'r', O: 'o', A: 'a' };
const check = (api: string) => checkConfigText(`api: ${api}\n${soundConfig}`, { env, directory: '/' });
const messages = (api: string) => check(api).errors.map(({ message }) => message);

describe('api.tokens', () => {
  it('are references, which the effective config keeps, and let it listen everywhere', () => {
    const api = `{listen: "0.0.0.0:9090", tokens: {read: "\${env:R}", operate: "\${env:O}", approve: "\${env:A}"}}`;
    const { config, errors } = check(api);
    expect(errors).toEqual([]);
    expect(config?.api).toMatchObject({
      tokenFrom: null,
      tokensFrom: { read: { from: 'env', name: 'R' }, approve: { from: 'env', name: 'A' } },
    });
    const text = effectiveText(config as EffectiveConfig);
    expect(text).toContain(`operate: "\${env:O}"`);
    expect(checkConfigText(text, { env, directory: '/' }).errors).toEqual([]);
  });

  it.each([
    [`{tokens: {}}`, 'api.tokens requires at least one of read, operate and approve'],
    [`{tokens: {read: "\${env:R}", approve: "\${env:R}"}}`, 'api.tokens requires another token for each scope'],
    [`{token: "\${env:R}", tokens: {approve: "\${env:A}"}}`, 'api requires either token'],
    [`{tokens: {read: literal}}`, 'api.tokens.read requires a reference'],
    [`{tokens: {reed: "\${env:R}"}}`, 'reed'],
    [`{listen: "0.0.0.0:1"}`, 'requires a token'],
  ])('%s', (api, message) => {
    expect(messages(api).join('\n')).toContain(message);
  });

  it('warn when nobody may approve', () => {
    expect(check(`{tokens: {read: "\${env:R}"}}`).warnings[0]?.message).toContain('no token for approve');
  });
});
