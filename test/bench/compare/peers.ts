// The same pairs in other people's hands: Evidently's own package from PyPI compares two columns of scores, window by window; Diffy's way is
// written after its description, since nothing of it could be installed. Whatever cannot be had is said aloud.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findPython, howToHavePython, runPython } from '../python.ts';
import { productionScore, shadowScore } from './exchanges.ts';
import { fieldByFieldSpeed } from './field-by-field.ts';

interface PeerSpeed {
  readonly name: string;
  readonly package: string;
  readonly rowsPerSecond: number;
}

const rows = 20_000;

const withoutDiffy =
  'PEERS SKIPPED: Diffy itself is a proxy in front of three live instances, built from its sources or run as a container; no package of it that compares two given answers could be installed here. Its way, field by field, is written after its description: the bytes of three answers decoded and compared, nobody asked, nothing kept.';

export async function peerLines(folder: string, ourPairsPerSecond: number): Promise<string[]> {
  const { speeds, problem } = await evidentlySpeeds(folder);
  const all: readonly PeerSpeed[] = [
    { name: asPenumbra, package: 'penumbra', rowsPerSecond: ourPairsPerSecond },
    { name: asDiffy, package: 'none: Diffy’s way', rowsPerSecond: fieldByFieldSpeed(rows) },
    ...speeds,
  ];
  const number = (value: number): string => Math.round(value).toLocaleString('en');
  return [
    '| on the same pairs, one thread | package | rows per second |',
    '|---|---|---|',
    ...all.map((one) => `| ${one.name} | ${one.package} | ${number(one.rowsPerSecond)} |`),
    '',
    problem ?? 'Evidently gets the scores as numbers: no bytes to decode, nobody to ask, nothing kept.',
    withoutDiffy,
  ];
}

const asPenumbra = 'bytes decoded, journalled, asked, compared, counted, judged, committed';
const asDiffy = 'answers decoded, their fields compared, differences counted by path';

/** Where its package cannot be had: no speeds, and why. */
async function evidentlySpeeds(folder: string): Promise<{ speeds: readonly PeerSpeed[]; problem: string | null }> {
  const python = findPython();
  if (python === null) return { speeds: [], problem: `PEERS SKIPPED: ${howToHavePython}` };
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
    return { speeds, problem: null };
  } catch (thrown) {
    return { speeds: [], problem: `PEERS SKIPPED: ${thrown instanceof Error ? thrown.message : thrown}` };
  }
}
