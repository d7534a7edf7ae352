// Records that other people's code compressed and wrote (librdkafka, by kcat), through a real broker: one batch of a compression that is
// not known would stop a reader for good.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import zlib from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { lz4, zstd } from '../../src/io/kafka/compression.ts';
import { connectTo, sharedAddress } from './broker/shared-address.ts';
import { until } from './port-laws.ts';

const log = connectTo(sharedAddress());
afterAll(() => log.close());

/** Long enough, and alike enough, that it is compressed in more than one block. */
const values = Array.from({ length: 500 }, (_, index) => `{"row":${index},"text":"${'penumbra '.repeat(40)}ü"}`);

async function writeByKcat(topic: string, compression: string): Promise<void> {
  const words = ['-P', '-b', sharedAddress(), '-t', topic, '-p', '0', '-z', compression, '-H', 'made-by=kcat'];
  const kcat = spawn('kcat', words, { stdio: ['pipe', 'ignore', 'ignore'] });
  kcat.stdin.end(`${values.join('\n')}\n`);
  const [code] = await once(kcat, 'close');
  expect(code).toBe(0);
}

describe.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'])('%s', (compression) => {
  it('is read as it was written', async () => {
    const topic = `compressed-${compression}-${Date.now()}`;
    await log.ensureTopics([{ topic, partitions: 1 }]);
    await writeByKcat(topic, compression);
    const read: string[] = [];
    const reader = await log.readFrom({
      topic,
      from: new Map([[0, 0]]),
      onBatch: async ({ records }) => {
        for (const { value, headers } of records)
          read.push(`${headers['made-by']} ${Buffer.from(value ?? []).toString()}`);
      },
    });
    await until(() => read.length >= values.length || reader.state().crashes > 0);
    expect(reader.state().crashes).toBe(0);
    expect(read).toEqual(values.map((value) => `kcat ${value}`));
    await reader.stop();
  });
});

it('what is compressed here is read here', async () => {
  const text = Buffer.from(values.join(''));
  expect(await lz4.decompress(await lz4.compress(text))).toEqual(text);
  if ('zstdCompressSync' in zlib) expect(await zstd.decompress(await zstd.compress(text))).toEqual(text);
  else await expect(zstd.compress(text)).rejects.toThrow('requires Node 22.15');
});
