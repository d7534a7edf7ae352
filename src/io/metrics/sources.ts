// Where exchanges come from: what a source saw and could not hand over, and what each tap says of itself.
import type { Families, Room } from './families.ts';

export interface SourcesSeries {
  readonly losses: readonly { readonly source: string; readonly reason: string; readonly count: number }[];
  readonly ignored: Readonly<Record<string, number>>;
  readonly unmatchedOutcomes: number;
  /** The latest status of each tap that was heard since the comparator started. */
  readonly taps: readonly TapSeries[];
}

export interface TapSeries {
  /** Seconds since it was last heard. */
  readonly silentSeconds: number;
  readonly connections: number;
  readonly open: number;
  readonly refused: number;
  readonly unreachable: number;
  readonly requests: number;
  readonly sampled: number;
  readonly copied: number;
  readonly lost: Readonly<Record<string, number>>;
  readonly blind: Readonly<Record<string, number>>;
}

/** One that is silent for longer has ended; the status comes every second. */
const silentAfterSeconds = 10;

export function sourceMetrics({ gauge }: Families): (sources: SourcesSeries, room: Room) => void {
  const losses = gauge('penumbra_source_losses', 'What a source saw and could not hand over, by reason', [
    'source',
    'reason',
  ]);
  const ignored = gauge('penumbra_exchanges_ignored', 'Messages that are not ours to judge, by reason', ['reason']);
  const unmatched = gauge('penumbra_outcomes_unmatched', 'True outcomes whose exchange is unknown');
  const fillTaps = tapMetrics({ gauge });
  return (sources, room) => {
    if (room.take('sources', 1)) unmatched.set(sources.unmatchedOutcomes);
    for (const { source, reason, count } of sources.losses) {
      if (room.take('sources', 1)) losses.set({ source, reason }, count);
    }
    for (const [reason, count] of Object.entries(sources.ignored)) {
      if (room.take('sources', 1)) ignored.set({ reason }, count);
    }
    if (sources.taps.length > 0) fillTaps(sources.taps, room);
  };
}

/** Summed over all taps: those that ended keep what they counted. */
function tapMetrics({ gauge }: Pick<Families, 'gauge'>): (taps: readonly TapSeries[], room: Room) => void {
  const heard = gauge('penumbra_tap_up', 'How many taps were heard in the latest 10 s');
  const open = gauge('penumbra_tap_open_connections', 'Connections through these taps now');
  const connections = gauge('penumbra_tap_connections', 'Connections relayed, by how they ended up', ['result']);
  const requests = gauge('penumbra_tap_requests', 'Requests that taps followed: all, sampled, copied', ['stage']);
  const lost = gauge('penumbra_tap_lost_copies', 'Sampled exchanges that taps could not hand over, by reason', [
    'reason',
  ]);
  const blind = gauge('penumbra_tap_blind_connections', 'Connections relayed unread, by reason', ['reason']);
  return (taps, room) => {
    const total = (of: (tap: TapSeries) => number): number => taps.reduce((sum, tap) => sum + of(tap), 0);
    const reasons = (of: (tap: TapSeries) => Readonly<Record<string, number>>): string[] => [
      ...new Set(taps.flatMap((tap) => Object.keys(of(tap)))),
    ];
    const [whyLost, whyBlind] = [reasons(({ lost: by }) => by), reasons(({ blind: by }) => by)];
    if (!room.take('sources', 8 + whyLost.length + whyBlind.length)) return;
    const alive = taps.filter(({ silentSeconds }) => silentSeconds <= silentAfterSeconds);
    heard.set(alive.length);
    open.set(alive.reduce((sum, tap) => sum + tap.open, 0));
    for (const result of ['refused', 'unreachable'] as const)
      connections.set(
        { result },
        total((tap) => tap[result]),
      );
    connections.set(
      { result: 'accepted' },
      total((tap) => tap.connections),
    );
    requests.set(
      { stage: 'seen' },
      total((tap) => tap.requests),
    );
    requests.set(
      { stage: 'sampled' },
      total((tap) => tap.sampled),
    );
    requests.set(
      { stage: 'copied' },
      total((tap) => tap.copied),
    );
    for (const reason of whyLost)
      lost.set(
        { reason },
        total((tap) => tap.lost[reason] ?? 0),
      );
    for (const reason of whyBlind)
      blind.set(
        { reason },
        total((tap) => tap.blind[reason] ?? 0),
      );
  };
}
