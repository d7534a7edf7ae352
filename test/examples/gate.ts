// May this release go on? The gate reads facts and answers with a verdict, an exit code for the pipeline and its reasons. Nothing that
// is missing becomes a pass. Elsewhere the import reads: from 'penumbra'.
import { decideGate, type GateFacts } from '../../src/index.ts';

const arm = { pairs: 2000, received: 2010, dropped: 0, ok: 2000, unavailable: 0, timeout: 0, invalid: 0 };
const flip = { id: 'v2.late.flip', arm: 'v2', role: 'candidate', metric: 'flip', required: true } as const;
const facts: GateFacts = {
  nowMs: 600_000,
  run: { state: 'COMPLETED', endReason: 'decided', endedAt: 590_000 },
  policy: { minPairs: 1000, maxTimeMs: 1_800_000, validForMs: 86_400_000, staleAfterMs: 120_000, identity: 'checked' },
  candidate: { given: 'v2', seen: 'v2' },
  arms: [
    { ...arm, name: 'control', role: 'control' },
    { ...arm, name: 'v2', role: 'candidate' },
  ],
  hypotheses: [
    { ...flip, automatic: false, verdict: 'HOLDS', n: 2000, sentence: 'flip rate 0.1 % is within the limit of 1 %' },
  ],
  newestPairAgeMs: 10_000,
  isKilled: false,
  hasTimedOut: false,
  errors: [],
};

function say(what: string, changed: Partial<GateFacts>): void {
  const { verdict, exitCode, reasons } = decideGate({ ...facts, ...changed });
  console.log(`${what}: ${verdict} (exit ${exitCode}): ${reasons[0]}`);
}

say('proven within its limit', {});
say('another file than was asked about', { candidate: { given: 'v2', seen: 'v3' } });
say('nothing compared', { arms: facts.arms.map((one) => ({ ...one, pairs: 0, received: 0, ok: 0 })) });
say('a twentieth lost on the way', { arms: facts.arms.map((one) => ({ ...one, received: 2130, dropped: 120 })) });
