// librdkafka's mock cluster, run by kcat: the real wire protocol by another implementation, in memory, gone when it is killed. It is no
// Kafka broker and is never called one; it serves for losing brokers quickly and for records that other people's code wrote.
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';

export interface MockCluster {
  readonly address: string;
  freeze(): void;
  thaw(): void;
  kill(): Promise<void>;
}

export async function startMockCluster(): Promise<MockCluster> {
  const words = ['-P', '-b', 'unused:9092', '-t', 'warmup', '-X', 'test.mock.num.brokers=1', '-d', 'mock'];
  const kcat: ChildProcessByStdio<Writable, null, Readable> = spawn('kcat', words, {
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  const address = await addressOf(kcat);
  kcat.stderr.resume();
  process.once('exit', () => kcat.kill('SIGKILL'));
  return {
    address,
    freeze: () => void kcat.kill('SIGSTOP'),
    thaw: () => void kcat.kill('SIGCONT'),
    kill: async () => {
      if (kcat.exitCode !== null || kcat.signalCode !== null) return;
      kcat.kill('SIGKILL');
      await once(kcat, 'close');
    },
  };
}

async function addressOf(kcat: ChildProcessByStdio<Writable, null, Readable>): Promise<string> {
  let said = '';
  const failed = new Promise<never>((_, reject) => {
    kcat.once('error', () => reject(new Error('kcat is not installed: it brings librdkafka’s mock cluster')));
    kcat.once('close', () => reject(new Error(`kcat ended: ${said}`)));
  });
  failed.catch(() => undefined);
  const heard = (async (): Promise<string> => {
    for (;;) {
      const [piece] = await once(kcat.stderr, 'data');
      said += String(piece);
      const address = /bootstrap\.servers=(127\.0\.0\.1:\d+)/.exec(said)?.[1];
      if (address !== undefined) return address;
    }
  })();
  return Promise.race([heard, failed]);
}
