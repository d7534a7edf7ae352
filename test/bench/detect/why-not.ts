// Why a row is not penumbra's: said from the row's own figures.
import { percent, waitText } from './markdown.ts';
import { panelName } from './ours.ts';
import type { Row } from './results.ts';

export function whyNot({ truth, waits, soonestPeer }: Row): string {
  const there = `flips ${percent(truth.flip)}, material ${percent(truth.material)}, KS ${percent(truth.ks)}`;
  const ours = waits[panelName];
  if (soonestPeer === null) return `nobody finds it (${there})`;
  return `${soonestPeer.method} ${waitText(soonestPeer.wait)}, penumbra ${waitText(ours)} (${there})`;
}
