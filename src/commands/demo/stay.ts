// `penumbra demo --stay`: when the story is told, everything stays up for whoever wants to look at the page or scrape the metrics.
import pc from 'picocolors';

/** Where the comparator listens then: the address of every example, so that config/prometheus/prometheus.yaml fits. */
export const stayingAddress = '127.0.0.1:9090';

/** Resolves when somebody ends it. */
export function untilEnded(apiUrl: string): Promise<void> {
  console.log(`\n${pc.bold(`The page: ${apiUrl}/`)}   metrics: ${apiUrl}/metrics   Ctrl-C ends everything.`);
  return new Promise((resolve) => {
    const end = (): void => {
      process.off('SIGINT', end).off('SIGTERM', end);
      resolve();
    };
    process.on('SIGINT', end).on('SIGTERM', end);
  });
}
