// A registry of families that are filled anew for every scrape, within the room that a scrape has.
import { Registry } from 'prom-client';
import { createFamilies, createRoom, type Families, type FamilyText, type Room } from './families.ts';
import { ownSeries, selfMetrics } from './itself.ts';

export interface MetricsOptions {
  /** Label of every series. */
  readonly service: string;
  readonly version: string;
  readonly mostSeries?: number;
}

export interface MetricsRegistry {
  expose(): Promise<{ contentType: string; text: string }>;
  /** Every family, for the generated table. */
  families(): readonly FamilyText[];
}

export interface Subjects {
  /** Makes the families, once; what it returns fills them. */
  readonly make: (families: Families) => (room: Room) => void;
  /** How many series each subject may show at most, of so many. */
  readonly most: (mostSeries: number) => Readonly<Record<string, number>>;
}

const defaultMostSeries = 2000;

/** The subjects, and penumbra itself behind them. */
export function createRegistry(
  { make, most }: Subjects,
  { service, version, mostSeries = defaultMostSeries }: MetricsOptions,
): MetricsRegistry {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  const families = createFamilies(registry);
  const fillSelf = selfMetrics(families);
  const fill = make(families);
  return {
    expose: async () => {
      families.clear();
      const room = createRoom(mostSeries - ownSeries, most(mostSeries));
      fill(room);
      fillSelf({ version }, room);
      return { contentType: registry.contentType, text: await registry.metrics() };
    },
    families: families.texts,
  };
}
