// Properties draw the same examples in every run, so that a red test is about the change at hand; PENUMBRA_SEED moves every stream.
import fc from 'fast-check';

fc.configureGlobal({ seed: Number(process.env.PENUMBRA_SEED ?? 20261122) });
