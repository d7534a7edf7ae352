// Why a row is not penumbra's: said from the row's own figures.
import { percent, waitText } from './markdown.ts';
import { panelName } from './ours.ts';
import type { Results, Row } from './results.ts';
import { soonest } from './summary.ts';

export function whyNot({ truth, waits, soonestPeer }: Row, { ours, sizes }: Results): string {
  const there = `flips ${percent(truth.flip)}, material ${percent(truth.material)}, KS ${percent(truth.ks)}`;
  if (soonestPeer === null) return `nobody finds it (${there}).`;
  const { method, wait } = soonestPeer;
  const figures = `${method} ${waitText(wait)}, the panel ${waitText(waits[panelName])} (${there}).`;
  const single = soonest(
    ours.flatMap((name) => {
      const found = waits[name];
      return name === panelName || found === undefined ? [] : [{ method: name, wait: found }];
    }),
  );
  const learned = `${method} had learned the usual rate from ${sizes.warm.toLocaleString('en')} healthy requests, penumbra starts from none`;
  const price =
    single === null || (single.wait.median ?? 0) > (wait.median ?? 0)
      ? ''
      : `; the rest is the price of seven metrics sharing alpha .01: ${single.method} with all of it takes ${waitText(single.wait)}`;
  return `${figures} ${learned}${price}.`;
}
