// The one anatomy of every source: a name, a sentence, options, and what makes it. What it is made with is the same for all.
import type { TObject } from 'typebox';
import type { Kind } from '../../core/kind.ts';
import type { Headers, RequestMessage } from '../../model.ts';
import type { KafkaLog } from '../kafka/port.ts';
import type { Clock, Load, Log, Source } from '../ports.ts';
import type { Join } from './join.ts';

export interface SourceDeps {
  readonly clock: Clock;
  readonly log: Log;
  /** Makes exchanges of requests and answers that come apart, over all sources that bring only one of the two. */
  readonly join: Join;
  /** Whether a request is an inference call of the config's protocol: what is not needs no partner. */
  readonly isInference: (request: RequestMessage) => boolean;
  /** Hears of penumbra's own calls that came back, which every source drops. */
  readonly onOwnCall: (headers: Headers) => void;
  /** For a source that can wait; without it nothing is ever busy. */
  readonly load?: () => Load;
  /** The connection of the source kafka; it closes it. */
  readonly kafka?: KafkaLog;
}

export interface SourceKind<Options extends TObject> extends Kind<Options, (deps: SourceDeps) => Source> {}
