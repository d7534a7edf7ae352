// Says on standard error how far a long reading has come: often in a terminal, every few seconds elsewhere.
import { whole } from '../../core/judge/words.ts';

export interface Progress {
  at(done: number): void;
  /** Leaves the line clean for what comes next. */
  end(): void;
}

const everyMs = { terminal: 200, elsewhere: 5000 };

export function createProgress(total: number, stream: NodeJS.WriteStream = process.stderr): Progress {
  const isTerminal = stream.isTTY === true;
  const gapMs = isTerminal ? everyMs.terminal : everyMs.elsewhere;
  let saidMs = performance.now();
  let hasLine = false;
  return {
    at: (done) => {
      if (performance.now() - saidMs < gapMs) return;
      saidMs = performance.now();
      const text = `replayed ${whole(done)} of ${whole(total)} lines`;
      stream.write(isTerminal ? `\r\x1b[K${text}` : `${text}\n`);
      hasLine = isTerminal;
    },
    end: () => {
      if (hasLine) stream.write('\r\x1b[K');
      hasLine = false;
    },
  };
}
