// How every subject of the metrics makes its families, and the room that they share: a scrape never holds more series than that, whatever
// the traffic's names are. What a subject may not show is counted.
import { Counter, Gauge, type Metric, type Registry } from 'prom-client';

/** One family as the generated table shows it. */
export interface FamilyText {
  readonly name: string;
  readonly type: 'gauge' | 'counter' | 'histogram';
  readonly labels: readonly string[];
  readonly help: string;
}

/** One sample of a histogram whose counts somebody else holds. */
export interface GivenSample {
  readonly metricName: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
}

export interface Families {
  gauge(name: string, help: string, labels?: readonly string[]): Gauge<string>;
  counter(name: string, help: string, labels?: readonly string[]): Counter<string>;
  /** `samples` are asked for at every scrape. */
  histogram(
    name: string,
    help: string,
    more: { labels: readonly string[]; samples: () => readonly GivenSample[] },
  ): void;
  /** Nothing is left of the scrape before. */
  clear(): void;
  texts(): readonly FamilyText[];
}

export function createFamilies(registry: Registry): Families {
  const made: { readonly one: Gauge<string> | Counter<string>; readonly isLabelled: boolean }[] = [];
  const texts: FamilyText[] = [];
  const keep = <One extends Gauge<string> | Counter<string>>(one: One, text: FamilyText): One => {
    made.push({ one, isLabelled: text.labels.length > 0 });
    texts.push(text);
    return one;
  };
  return {
    gauge: (name, help, labels = []) =>
      keep(new Gauge({ name, help, labelNames: labels, registers: [registry] }), { name, type: 'gauge', labels, help }),
    counter: (name, help, labels = []) =>
      keep(new Counter({ name, help, labelNames: labels, registers: [registry] }), {
        name,
        type: 'counter',
        labels,
        help,
      }),
    histogram: (name, help, { labels, samples }) => {
      texts.push({ name, type: 'histogram', labels: [...labels, 'le'], help });
      const get = async () => ({ name, help, type: 'histogram', aggregator: 'sum', values: samples() });
      // A registry asks a metric for its name and for `get`, and no more; its type knows its own classes alone.
      registry.registerMetric({ name, get, reset: () => {} } as unknown as Metric<string>);
    },
    clear: () => {
      for (const { one, isLabelled } of made) {
        one.reset();
        // A family without labels would show a zero that nobody has set.
        if (!isLabelled) one.remove();
      }
    },
    texts: () => texts,
  };
}

/** The room of one scrape. */
export interface Room {
  /** Whether so many more series may be shown. All or nothing, so that no half of a thing is shown. */
  take(subject: string, series: number): boolean;
  /** Series that had no room, by subject. */
  leftOut(): ReadonlyMap<string, number>;
}

/** `atMost` keeps a subject that traffic can make large from filling the room of those after it. */
export function createRoom(series: number, atMost: Readonly<Record<string, number>> = {}): Room {
  const leftOut = new Map<string, number>();
  const taken = new Map<string, number>();
  let left = series;
  return {
    take: (subject, wanted) => {
      const before = taken.get(subject) ?? 0;
      if (wanted > left || before + wanted > (atMost[subject] ?? Number.POSITIVE_INFINITY)) {
        leftOut.set(subject, (leftOut.get(subject) ?? 0) + wanted);
        return false;
      }
      left -= wanted;
      taken.set(subject, before + wanted);
      return true;
    },
    leftOut: () => leftOut,
  };
}
