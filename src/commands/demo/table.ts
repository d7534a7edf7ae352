// The demo's table: live in a terminal, plain lines everywhere else.
import { stripVTControlCharacters } from 'node:util';
import Table from 'cli-table3';
import pc from 'picocolors';
import type { Verdict } from '../../model.ts';
import { type DemoRow, isInvisibleToInfrastructure } from './rows.ts';
import { sloMs } from './scenario.ts';

const borderless = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

export function percent(share: number | null, digits = 2): string {
  return share === null ? '–' : `${(share * 100).toFixed(digits)} %`;
}

function intervalText(interval: readonly [number, number] | null): string {
  return interval === null ? '' : `[${(interval[0] * 100).toFixed(1)}, ${(interval[1] * 100).toFixed(1)}]`;
}

const paint: Readonly<Record<Verdict, (text: string) => string>> = {
  HOLDS: pc.green,
  VIOLATED: pc.red,
  DIFFERENT: pc.yellow,
  REGRESSED: pc.red,
  UNDECIDED: pc.yellow,
};

function decidedText({ hypothesis, run }: DemoRow): string {
  if (hypothesis.decidedAt !== null) return `after ${hypothesis.decidedAt.toLocaleString('en')}`;
  if (run.state === 'WARMING') return 'warming up';
  return hypothesis.stillNeeded === null ? '' : `~${Math.ceil(hypothesis.stillNeeded).toLocaleString('en')} more`;
}

export function renderTable(rows: readonly DemoRow[]): string {
  const table = new Table({
    head: ['arm', 'what was done', 'pairs', 'in n', 'rate [at any time]', 'limit', 'verdict', 'decided'],
    chars: borderless,
    style: { head: pc.isColorSupported ? ['bold'] : [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  for (const row of rows) {
    const { arm, hypothesis, expected } = row;
    table.push([
      arm.name,
      expected.what,
      arm.conservation.compared.toLocaleString('en'),
      hypothesis.n.toLocaleString('en'),
      `${expected.metric} ${percent(hypothesis.estimate)} ${intervalText(hypothesis.interval)}`,
      percent(hypothesis.tolerance, 0),
      paint[hypothesis.verdict](hypothesis.verdict),
      decidedText(row),
    ]);
    if (arm.name === 'slow-store-zeros') table.push(['', infrastructureText(row), '', '', '', '', '', '']);
  }
  return table.toString();
}

function infrastructureText({ arm }: DemoRow): string {
  const p99 = arm.p99Ms === null ? '–' : `${Math.round(arm.p99Ms)} ms`;
  const claim = isInvisibleToInfrastructure(arm, sloMs) ? ': nothing for an infrastructure alert' : '';
  return pc.dim(`errors ${percent(arm.errorRate)}, p99 ${p99} (SLO ${sloMs} ms)${claim}`);
}

/** How many rows the cursor is below the start of a text: a line longer than the terminal takes several. */
export function rowsOnScreen(text: string, columns: number): number {
  const lines = stripVTControlCharacters(text).split('\n').slice(0, -1);
  return lines.reduce((rows, line) => rows + Math.max(1, Math.ceil(line.length / Math.max(1, columns))), 0);
}

/** Draws over the former picture in a terminal; elsewhere it prints a line now and then. */
export interface Screen {
  draw(picture: string, line: string): void;
  end(): void;
}

const plainEveryMs = 5000;

export function createScreen(out: NodeJS.WriteStream): Screen {
  if (!out.isTTY) {
    let lastMs = Number.NEGATIVE_INFINITY;
    return {
      draw: (_picture, line) => {
        if (performance.now() - lastMs < plainEveryMs) return;
        lastMs = performance.now();
        out.write(`${line}\n`);
      },
      end: () => {},
    };
  }
  let height = 0;
  const erase = (): void => {
    if (height > 0) out.write(`\u001b[${height}A\u001b[J`);
    height = 0;
  };
  return {
    draw: (picture, line) => {
      erase();
      const text = `${picture}\n\n${line.split(' · ')[0]}\n`;
      out.write(text);
      height = rowsOnScreen(text, out.columns);
    },
    end: erase,
  };
}
