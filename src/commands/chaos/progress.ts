// Says on standard error what a suite is at: often on one line of a terminal, every few seconds elsewhere.

export interface Steps {
  say(text: string): void;
  /** Leaves the line clean for what comes next. */
  end(): void;
}

const everyMs = { terminal: 200, elsewhere: 5000 };

export function createSteps(stream: NodeJS.WriteStream): Steps {
  const isTerminal = stream.isTTY === true;
  const gapMs = isTerminal ? everyMs.terminal : everyMs.elsewhere;
  let saidMs = Number.NEGATIVE_INFINITY;
  let hasLine = false;
  return {
    say: (text) => {
      if (performance.now() - saidMs < gapMs) return;
      saidMs = performance.now();
      stream.write(isTerminal ? `\r\u001b[K${text}` : `${text}\n`);
      hasLine = isTerminal;
    },
    end: () => {
      if (hasLine) stream.write('\r\u001b[K');
      hasLine = false;
    },
  };
}
