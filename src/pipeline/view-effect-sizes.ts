// How far an arm's scores are from production's, in the divergences people know, out of the counts that a run holds anyway.
import { effectSizes } from '../core/judge/effect-sizes.ts';
import { readBins } from '../core/stats/binned-shares.ts';
import { pairedKs } from '../core/stats/paired-ks.ts';
import type { RunFacts } from './view.ts';
import type { EffectSizesView } from './view-types.ts';

export function effectSizesOf({ run, streams }: RunFacts): readonly EffectSizesView[] {
  return run.definition.hypotheses
    .filter(
      ({ metric, against, segmentation }) => metric === 'paired-ks' && against === 'limit' && segmentation === null,
    )
    .flatMap(({ id, arm, decision, alphaHolds: alpha }) => {
      const stream = streams.find((one) => one.state === 'OPEN' && one.hypothesis === id);
      if (stream === undefined || decision === null) return [];
      const { binning } = pairedKs;
      const bins = readBins(stream.counts, binning, { alpha });
      const distribution = bins && {
        cuts: bins.cuts,
        bins: bins.shares.map(({ baseline, arm: share }) => ({ production: baseline, arm: share })),
      };
      return [{ arm, decision, sizes: effectSizes(stream.counts, { binning, alpha }), distribution }];
    });
}
