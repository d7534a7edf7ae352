// The demo's last words: the table, the story in sentences, and, where it ended otherwise, what and why.
import { availableParallelism, loadavg } from 'node:os';
import pc from 'picocolors';
import { busyMachine } from './busy-machine.ts';
import { type DemoResult, summary, unmet } from './report.ts';
import { renderTable } from './table.ts';

/** The exit code. */
export function conclude(result: DemoResult): number {
  const problems = unmet(result);
  console.log(`\n${renderTable(result.rows)}\n`);
  for (const line of summary(result)) console.log(line);
  const { sent, failed } = result.traffic;
  console.log(`\n${sent.toLocaleString('en')} requests in ${result.seconds} s; production failed ${failed} of them.`);
  const exitCode = complain(problems);
  if (exitCode !== 0) {
    const machine = { load: loadavg()[0] ?? 0, cores: availableParallelism() };
    for (const line of busyMachine(result.runs, machine)) console.error(line);
  }
  return exitCode;
}

/** The exit code. */
export function complain(problems: readonly string[]): number {
  if (problems.length === 0) return 0;
  console.error(
    pc.red(`\nNot everything ended as the story says:\n${problems.map((problem) => `  ${problem}`).join('\n')}`),
  );
  return 1;
}
