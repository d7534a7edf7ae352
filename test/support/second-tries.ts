// Continuous integration lets a test that failed try again, for it runs on machines that others use; what broke fails every time. Which
// tests needed it is said at the end, so that one that hangs on luck is mended and not carried along.
import type { Reporter, TestCase } from 'vitest/node';

/**
 * How often a failed test may try again: PENUMBRA_TEST_RETRIES, none where it is not set. A promise that was broken once is broken: those
 * assertions bear the word `violations` and are final.
 */
export const retry = { count: Number(process.env.PENUMBRA_TEST_RETRIES ?? 0), condition: /^(?!violations\b)/ };

export const secondTries: Reporter = {
  onTestRunEnd: (modules) => {
    const lucky = modules.flatMap(({ children }) => [...children.allTests('passed')].filter(wasTriedAgain));
    if (lucky.length === 0) return;
    console.warn(`\n${lucky.length === 1 ? '1 test' : `${lucky.length} tests`} passed only when tried again:`);
    for (const { module, fullName } of lucky) console.warn(`  ${module.relativeModuleId} > ${fullName}`);
  },
};

const wasTriedAgain = (test: TestCase): boolean => (test.diagnostic()?.retryCount ?? 0) > 0;
