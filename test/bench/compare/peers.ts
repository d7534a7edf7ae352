// The same pairs in other people's hands, each by its own package: Evidently from PyPI compares two columns of scores, window by window.
// Whatever cannot be had is said aloud.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findPython, howToHavePython, runPython } from '../python.ts';
import { productionScore, shadowScore } from './exchanges.ts';

interface PeerSpeed {
  readonly name: string;
  readonly package: string;
  readonly rowsPerSecond: number;
}

const rows = 20_000;

const withoutDiffy =
  'PEERS SKIPPED: Diffy is a proxy in front of three live instances, built from its sources or run as a container; no package of it that compares two given answers could be installed here.';

export async function peerLines(folder: string, ourPairsPerSecond: number): Promise<string[]> {
  const python = findPython();
  if (python === null) return [`PEERS SKIPPED: ${howToHavePython}`, withoutDiffy];
  for (const [name, scoreOf] of [
    ['production', productionScore],
    ['arm', shadowScore],
  ] as const) {
    const scores = Float64Array.from({ length: rows }, (_, count) => scoreOf(count));
    writeFileSync(join(folder, `${name}.f64`), new Uint8Array(scores.buffer));
  }
  const speeds: PeerSpeed[] = [];
  const onLine = (line: string): void => void speeds.push(JSON.parse(line) as PeerSpeed);
  try {
    await runPython(python, { script: 'compare/peers.py', args: [folder], onLine });
  } catch (thrown) {
    return [`PEERS SKIPPED: ${thrown instanceof Error ? thrown.message : thrown}`, withoutDiffy];
  }
  const number = (value: number): string => Math.round(value).toLocaleString('en');
  return [
    '| on the same pairs, one thread | package | rows per second |',
    '|---|---|---|',
    `| bytes decoded, journalled, asked, compared, counted, judged, committed | penumbra | ${number(ourPairsPerSecond)} |`,
    ...speeds.map((one) => `| ${one.name} | ${one.package} | ${number(one.rowsPerSecond)} |`),
    '',
    'The peers get the scores as numbers: no bytes to decode, nobody to ask, nothing kept.',
    withoutDiffy,
  ];
}
