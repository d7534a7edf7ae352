// The live table is drawn over its former self, so it must know how many rows that took, in a narrow terminal too.
import { expect, it } from 'vitest';
import { rowsOnScreen } from '../../../../src/commands/demo/table.ts';

it.each([
  ['one line', 'abc\n', 80, 1],
  ['an empty line between', 'abc\n\ndef\n', 80, 3],
  ['a line longer than the terminal', `${'x'.repeat(81)}\nabc\n`, 80, 3],
  ['a line exactly as wide', `${'x'.repeat(80)}\n`, 80, 1],
  ['colours, which take no room', `\u001b[32m${'x'.repeat(80)}\u001b[39m\n`, 80, 1],
])('%s', (_, text, columns, rows) => {
  expect(rowsOnScreen(text, columns)).toBe(rows);
});
