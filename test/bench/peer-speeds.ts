// What the peers cost on the same stream as our panel: their real packages, in a Python process of their own.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PanelPair } from '../calibration/panel.ts';
import { findPython, howToHavePython, runPython } from './python.ts';

interface Speed {
  readonly name: string;
  readonly package: string;
  /** Per observation. */
  readonly nanoseconds: number;
}

async function measurePeers(python: string, pairs: readonly PanelPair[]): Promise<Speed[]> {
  const folder = mkdtempSync(join(tmpdir(), 'penumbra-speed-'));
  const speeds: Speed[] = [];
  try {
    for (const name of ['production', 'arm'] as const) {
      writeFileSync(join(folder, `${name}.f32`), new Uint8Array(Float32Array.from(pairs, (pair) => pair[name]).buffer));
    }
    const onLine = (line: string): void => void speeds.push(JSON.parse(line) as Speed);
    await runPython(python, { script: 'speed.py', args: [folder], onLine });
  } finally {
    rmSync(folder, { recursive: true });
  }
  return speeds;
}

/** Table lines: each peer per observation, and how many of our panel's pairs fit into that. Says so aloud when there are no peers. */
export async function peerSpeedLines(pairs: readonly PanelPair[], panelNanoseconds: number): Promise<string[]> {
  const python = findPython();
  if (python === null) return ['', `PEERS SKIPPED: ${howToHavePython}`];
  const speeds = await measurePeers(python, pairs);
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const ours = row(['full panel with latency, every pair', 'penumbra', panelNanoseconds.toFixed(0), '1']);
  const peers = speeds.map((speed) =>
    row([
      speed.name,
      speed.package,
      speed.nanoseconds.toFixed(0),
      (speed.nanoseconds / panelNanoseconds).toFixed(speed.nanoseconds < 10 * panelNanoseconds ? 1 : 0),
    ]),
  );
  return [
    '',
    row(['on the same stream', 'package', 'ns per observation', 'our panels']),
    '| --- | --- | --- | --- |',
    ours,
    ...peers,
  ];
}
