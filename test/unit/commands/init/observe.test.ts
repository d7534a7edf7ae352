// What `penumbra init` reads out of recorded traffic, compressed bodies included: proxies and clients compress them as they like.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { observe } from '../../../../src/commands/init/observe.ts';

const tensor = (name: string, data: readonly number[]) => ({ name, shape: [1, data.length], datatype: 'FP32', data });

function recordOf(index: number, { isCompressed }: { isCompressed: boolean }): Buffer {
  const id = index.toString(16).padStart(24, '0');
  const packed = (body: object) =>
    isCompressed ? gzipSync(JSON.stringify(body)) : Buffer.from(JSON.stringify(body), 'utf8');
  const encoding = isCompressed ? 'Content-Encoding: gzip\r\n' : '';
  const message = (head: string, body: Buffer) =>
    Buffer.concat([Buffer.from(`${head}\r\nContent-Length: ${body.length}\r\n${encoding}\r\n`), body]);
  const asked = message('POST /v2/models/m/infer HTTP/1.1', packed({ inputs: [tensor('f', [index, 5])] }));
  const said = message('HTTP/1.1 200 OK', packed({ outputs: [tensor('p', [0.25, 0.75])] }));
  const end = Buffer.from('\n🐵🙈🙉\n');
  const at = 1_700_000_000_000_000_000n + BigInt(index) * 1_000_000n;
  return Buffer.concat([
    Buffer.from(`1 ${id} ${at} 0\n`),
    asked,
    end,
    Buffer.from(`2 ${id} ${at + 20_000_000n} 0\n`),
    said,
    end,
  ]);
}

it.each([true, false])('sees the reach of every column (compressed: %s)', async (isCompressed) => {
  const file = join(mkdtempSync(join(tmpdir(), 'penumbra-observe-')), 'seen.gor');
  writeFileSync(file, Buffer.concat(Array.from({ length: 20 }, (_, index) => recordOf(index, { isCompressed }))));
  const seen = await observe(file);
  expect(seen).toMatchObject({ exchanges: 20, unreadable: 0, model: 'm' });
  expect(seen.inputs.get('f[0]')).toMatchObject({ count: 20, min: 0, max: 19, zeros: 1, isWhole: true });
  expect(seen.outputs.get('p[1]')).toMatchObject({ min: 0.75, max: 0.75 });
});
