// Comparators of one test file: each starts from the file's own trial, must end without a logged error, and is always stopped.
import { afterEach, expect } from 'vitest';
import { createComparatorForTest, type TestComparator, type TestComparatorOptions } from './comparator.ts';

export interface RunningComparators {
  /** Those to stop after the test; a crash replaces one by its successor. */
  readonly running: TestComparator[];
  /** Starts one; what is given wins over the trial. */
  start(options?: Partial<TestComparatorOptions>): Promise<TestComparator>;
}

export function useComparators(trial: TestComparatorOptions): RunningComparators {
  const running: TestComparator[] = [];
  afterEach(async () => {
    for (const comparator of running.splice(0)) {
      expect(comparator.errors).toEqual([]);
      await comparator.stop();
    }
  });
  return {
    running,
    start: async (options = {}) => {
      const comparator = await createComparatorForTest({ ...trial, ...options });
      running.push(comparator);
      return comparator;
    },
  };
}
