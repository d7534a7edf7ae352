// What a classical test says once on a finished recording, where the sample is fixed. Never for looking while data arrive: repeated
// looks at p-values raise false alarms to tens of per cent, which is what the e-values are for.
import { inputInvalid } from './statistic.ts';

/** A classical test’s result. Not valid when data are looked at repeatedly. */
export interface FixedSampleTest {
  readonly name: string;
  /** So that nobody mistakes it for evidence that may be looked at repeatedly. */
  readonly validity: 'fixed-sample';
  /** The test's own number: distance, U, chi-squared, discordant pairs. */
  readonly statistic: number;
  /** Two-sided. */
  readonly pValue: number;
  /** Observations in each sample. */
  readonly n: readonly [number, number];
}

export function fixedSample(test: Omit<FixedSampleTest, 'validity'>): FixedSampleTest {
  return { ...test, validity: 'fixed-sample', pValue: Math.min(1, Math.max(0, test.pValue)) };
}

/** Two samples with at least one number each; infinities are numbers, NaN is none. */
export function checkSamples(name: string, samples: readonly (readonly number[])[]): void {
  for (const sample of samples) {
    if (!Array.isArray(sample) || sample.length === 0) {
      throw inputInvalid(
        `${name} requires two lists of at least one number, not ${JSON.stringify(sample) ?? 'nothing'}`,
      );
    }
    for (const one of sample as readonly unknown[]) {
      if (typeof one !== 'number' || Number.isNaN(one)) {
        const given = typeof one === 'string' ? `the text "${one}"` : String(one);
        throw inputInvalid(`${name} requires samples of numbers, without NaN, not ${given}`);
      }
    }
  }
}
