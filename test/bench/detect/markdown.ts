// Figures as people read them in a markdown table.
import type { FalseAlarms, Wait } from './summary.ts';

export function tableRow(cells: readonly string[]): string {
  // A bar inside a cell would end it.
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

export function table(heading: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return [tableRow(heading), tableRow(heading.map(() => '---')), ...rows.map(tableRow)];
}

/** median / 95th percentile, in requests. */
export function waitText(wait: Wait | undefined): string {
  if (wait === undefined) return '–';
  if (wait.median === null) return 'never';
  return `${whole(wait.median)} / ${wait.p95 === null ? 'not always' : whole(wait.p95)}`;
}

export function alarmsText(found: FalseAlarms | undefined): string {
  return found === undefined ? '–' : `${found.alarmed} of ${found.runs}`;
}

/** Two significant figures of a share, in per cent. */
export function percent(share: number): string {
  return `${Number((100 * share).toPrecision(2))} %`;
}

export function whole(count: number): string {
  return Math.round(count).toLocaleString('en');
}
