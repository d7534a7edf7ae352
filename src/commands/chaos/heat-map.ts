// One grid as a picture: SVG that stands alone in a page, coloured by rate, readable on light and dark through the page's own variables.

import { natureWords } from '../../chaos/nature.ts';
import { intervalText, timesText } from '../../chaos/sentences.ts';
import { escapeHtml } from './escape-html.ts';
import { type Matrix, type MatrixRow, markOf, matrixTitle, type Place, placeValue } from './matrix.ts';

const size = { cellWidth: 104, cellHeight: 40, letter: 7.4, head: 30, gap: 8 } as const;

export function heatMap(matrix: Matrix): string {
  const { faults, rows } = matrix;
  const left = widthOf(rows.map(({ feature }) => feature)) + widthOf(rows.map(({ version }) => version.name));
  const width = left + faults.length * size.cellWidth;
  const tops = topsOf(rows);
  const height = (tops.at(-1) ?? size.head) + size.cellHeight + 2;
  const heads = faults.map((fault, index) =>
    text(fault, { x: left + (index + 0.5) * size.cellWidth - 2, y: size.head - 10, at: 'middle', kind: 'head' }),
  );
  const body = rows.map((row, index) =>
    rowPicture(row, { top: tops[index] ?? 0, left, isFirst: isFirst(rows, index) }),
  );
  const label = escapeHtml(matrixTitle(matrix));
  return `<svg viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${label}">${heads.join('')}${body.join('')}</svg>`;
}

/** As wide as the longest of these, and a little room. */
function widthOf(names: readonly string[]): number {
  return Math.round(14 + size.letter * Math.max(2, ...names.map((name) => name.length)));
}

/** A little room between features. */
function topsOf(rows: readonly MatrixRow[]): readonly number[] {
  let top = size.head - size.cellHeight;
  return rows.map((_, index) => {
    top += size.cellHeight + (index > 0 && isFirst(rows, index) ? size.gap : 0);
    return top;
  });
}

function isFirst(rows: readonly MatrixRow[], index: number): boolean {
  return rows[index - 1]?.feature !== rows[index]?.feature;
}

interface At {
  readonly top: number;
  readonly left: number;
  readonly isFirst: boolean;
}

function rowPicture({ feature, version, places }: MatrixRow, { top, left, isFirst: isNamed }: At): string {
  const middle = top + size.cellHeight / 2 + 4;
  const name = isNamed ? text(feature, { x: 0, y: middle, at: 'start', kind: 'feature' }) : '';
  const who = text(version.name, { x: left - 10, y: middle, at: 'end', kind: version.role });
  const cells = places.map((place, index) => placePicture(place, { x: left + index * size.cellWidth, y: top }));
  return name + who + cells.join('');
}

function placePicture(place: Place | null, { x, y }: { x: number; y: number }): string {
  if (place === null) return '';
  const { cell, treatment, comparison } = place;
  const isLoud = treatment.nature === 'loud';
  const [wide, tall] = [size.cellWidth - 4, size.cellHeight - 3];
  const finding = comparison?.finding ?? 'not told apart';
  const told = finding === 'not told apart' ? '' : ' told';
  const fill = isLoud
    ? `class="cell loud${told}"`
    : `class="cell ${cell.estimate === null ? 'idle' : 'rate'}${told}" fill-opacity="${heat(cell.estimate).toFixed(3)}"`;
  const ratio = comparison?.ratio ?? null;
  const times = ratio === null ? '' : timesText(ratio);
  const badge = told === '' ? '' : `${times}${finding === 'more' ? '▲' : '▼'}`;
  return [
    `<g><title>${escapeHtml(hint(place))}</title><rect x="${x}" y="${y}" width="${wide}" height="${tall}" rx="4" ${fill}/>`,
    text(placeValue(place), { x: x + 8, y: y + 17, at: 'start', kind: 'value' }),
    text(markOf(cell), { x: x + wide - 8, y: y + 31, at: 'end', kind: cell.verdict.toLowerCase() }),
    text(intervalText(cell.interval), { x: x + 8, y: y + 31, at: 'start', kind: 'ends' }),
    badge === '' ? '' : text(badge, { x: x + wide - 6, y: y + 17, at: 'end', kind: 'badge' }),
    '</g>',
  ].join('');
}

/** Small rates can still be told from none. */
function heat(estimate: number | null): number {
  return estimate === null ? 0 : 0.75 * Math.min(1, estimate / 0.6) ** 0.6;
}

function hint({ cell, treatment }: Place): string {
  const { version, feature, fault, metric, estimate, interval, verdict, n, relation, limit } = cell;
  const rate = estimate === null ? 'never seen' : `${(100 * estimate).toFixed(2)} %`;
  const side = relation === 'sensitive' ? 'at least' : 'at most';
  return [
    `${version}, ${fault}, ${feature}: ${metric} ${rate} ${intervalText(interval)} of ${n}`,
    `${verdict}: expected ${side} ${Number((100 * limit).toPrecision(3))} %${relation === 'loud' ? ', loud' : ''}`,
    `acted on ${treatment.acted} of ${treatment.asked}; ${treatment.nature}: ${natureWords[treatment.nature]}`,
  ].join('\n');
}

interface TextAt {
  readonly x: number;
  readonly y: number;
  readonly at: 'start' | 'middle' | 'end';
  readonly kind: string;
}

function text(words: string, { x, y, at, kind }: TextAt): string {
  return `<text x="${x}" y="${y}" text-anchor="${at}" class="${kind}">${escapeHtml(words)}</text>`;
}
