// Secrets stay references until they are sent.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { EffectiveConfig } from '../../../src/config/effective.ts';
import { effectiveText } from '../../../src/config/effective-text.ts';
import { checkConfigText } from '../../../src/config/load.ts';
import { readSecret, resolveHeaders, resolveReferences } from '../../../src/config/secrets.ts';
import { soundConfig } from '../../support/bad-config.ts';

const directory = mkdtempSync(join(tmpdir(), 'penumbra-secrets-'));
writeFileSync(join(directory, 'token'), 'from-file\n');
const env = { TOKEN: 'from-env', EMPTY: '' };
const withSecrets = `api: {listen: "0.0.0.0:9090", token: "\${file:token}"}
alerts: [{webhook: "http://h/hook", headers: {Authorization: "Bearer \${env:TOKEN}"}}]
${soundConfig.replace('url: http://127.0.0.1:8082', `url: http://127.0.0.1:8082, headers: {X-Api-Key: "\${env:MISSING}"}`)}`;

describe('secrets', () => {
  const { config, errors, warnings } = checkConfigText(withSecrets, { env, directory });

  it('are references in the effective config, in its text and in its hash', () => {
    expect(errors).toEqual([]);
    expect(config?.api.tokenFrom).toEqual({ from: 'file', path: join(directory, 'token') });
    expect(config?.alerts[0]).toMatchObject({ headers: { authorization: `Bearer \${env:TOKEN}` } });
    const printed = JSON.stringify(config) + effectiveText(config as EffectiveConfig);
    expect(printed).not.toMatch(/from-env|from-file/);
  });

  it('a reference that leads nowhere is a warning with its place', () => {
    expect(warnings).toEqual([
      { line: 17, column: 66, message: expect.stringContaining(`\${env:MISSING} is missing or empty here`) },
    ]);
  });

  it('become values where they are sent', () => {
    expect(resolveHeaders({ authorization: `Bearer \${env:TOKEN}`, other: 'plain' }, { env })).toEqual({
      authorization: 'Bearer from-env',
      other: 'plain',
    });
    expect(readSecret({ from: 'file', path: join(directory, 'token') }, { env })).toBe('from-file');
    expect(resolveReferences(`a \${file:${join(directory, 'token')}} b`, { env })).toBe('a from-file b');
  });

  it.each([
    ['missing', `\${env:NOPE}`],
    ['empty', `\${env:EMPTY}`],
    ['no file', `\${file:/nope}`],
  ])('a %s secret is refused when it is needed', (_, text) => {
    expect(() => resolveReferences(text, { env })).toThrow(/is referred to by the config but is missing or empty/);
  });
});
