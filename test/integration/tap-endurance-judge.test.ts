// The judge of the endurance run (npm run endurance:tap) says yes to what was whole, and no to each way in which it was not.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { judgeEndurance } from '../bench/tap/endurance/judge.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'penumbra-endurance-judge-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Written {
  readonly clients?: string;
  readonly production?: string;
  readonly reported?: { readonly requests: number; readonly socketErrors: number; readonly otherStatus: number };
}

async function verdictOn({ clients = 'a\nb\n', production = 'b\na\n', reported }: Written) {
  const [file, accessLog] = [join(folder, '0.ids'), join(folder, 'access.log')];
  writeFileSync(file, clients);
  writeFileSync(accessLog, production);
  const round = {
    round: 0,
    each: 2,
    files: [file],
    reported: reported ?? { requests: 2, socketErrors: 0, otherStatus: 0 },
  };
  const { altered, duplicated, lost } = await judgeEndurance([round], accessLog);
  return { altered, duplicated, lost };
}

it('finds nothing where there is nothing', async () => {
  expect(await verdictOn({})).toEqual({ altered: 0, duplicated: 0, lost: 0 });
});

const planted: readonly [string, Written, Partial<Record<'altered' | 'duplicated' | 'lost', number>>][] = [
  ['an answer that is another', { clients: 'a 200 {"x":1}\nb\n' }, { altered: 1 }],
  ['a request that was sent twice', { production: 'a\nb\nb\n' }, { duplicated: 1 }],
  ['an answer without a request', { production: 'a\n' }, { lost: 1 }],
  ['a request whose answer nobody had', { production: 'a\nb\nc\n' }, { lost: 1 }],
  ['a client that did not have all its answers', { clients: 'a\n', production: 'a\n' }, { lost: 1 }],
  ['what wrk reports alone', { reported: { requests: 1, socketErrors: 2, otherStatus: 3 } }, { lost: 3, altered: 3 }],
];
it.each(planted)('finds %s', async (_name, written, found) => {
  expect(await verdictOn(written)).toEqual({ altered: 0, duplicated: 0, lost: 0, ...found });
});
