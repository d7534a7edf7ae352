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

/** Two samples with at least one number each, none of them NaN. */
export function checkSamples(name: string, samples: readonly (readonly number[])[]): void {
  for (const sample of samples) {
    if (sample.length === 0 || sample.some(Number.isNaN)) {
      throw inputInvalid(`${name} requires two samples of at least one number, without NaN`);
    }
  }
}
