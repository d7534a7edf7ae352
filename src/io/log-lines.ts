// What a command prints, as lines for the log: cut to a length, at most so many a second, the last words kept for error messages.
import type { Readable } from 'node:stream';

export interface LogLines {
  /** Reads the stream to its end. */
  take(stream: Readable): void;
  /** The end of what was printed, on one line. */
  lastWords(): string;
}

const longestLine = 500;
const linesPerSecond = 20;
const keptCharacters = 600;

/** `onLine` also hears how many lines were left out of a second. */
export function createLogLines(onLine: (line: string) => void): LogLines {
  let words = '';
  let second = 0;
  let said = 0;
  const say = (line: string): void => {
    const now = Math.floor(performance.now() / 1000);
    if (now !== second) {
      const leftOut = said - linesPerSecond;
      [second, said] = [now, 0];
      if (leftOut > 0) onLine(`(${leftOut} lines left out)`);
    }
    said += 1;
    if (said <= linesPerSecond) onLine(line.slice(0, longestLine));
  };
  return {
    take: (stream) => {
      let rest = '';
      stream.setEncoding('utf8').on('data', (text: string) => {
        words = (words + text).slice(-keptCharacters);
        const lines = (rest + text).split('\n');
        // A line without an end must not grow for ever.
        rest = (lines.pop() ?? '').slice(0, longestLine);
        for (const line of lines) if (line.trim() !== '') say(line);
      });
      stream.on('end', () => {
        if (rest.trim() !== '') say(rest);
      });
      stream.on('error', () => {});
    },
    lastWords: () => words.trim().replaceAll(/\s*\n\s*/g, ' | '),
  };
}
