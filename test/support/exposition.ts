// The text exposition format 0.0.4, read strictly: a line that is no sample is an error.

const sampleLine =
  /^([a-zA-Z_:][\w:]*)(\{(?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\["\\n])*",?)*\})? (-?[\d.]+(?:e[-+]?\d+)?|NaN|[-+]?Inf)$/;

/** The samples by their series as written, without the label `service`. */
export function parseSamples(text: string): Map<string, number> {
  const samples = new Map<string, number>();
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const found = sampleLine.exec(line);
    if (found === null) throw new Error(`not a sample: ${line}`);
    const labels = (found[2] ?? '').replace(/,?service="[^"]*"/, '').replace('{}', '');
    samples.set(`${found[1]}${labels}`, Number(found[3]));
  }
  return samples;
}
