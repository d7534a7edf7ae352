// Every source by the name it has in `source:`. A new one: its file, one line here, one in app/open-sources.ts, its section in
// config/source.ts, and its feed in test/support/source-feeds.ts.
import { cloudevents } from './cloudevents.ts';
import { file } from './file.ts';
import { http } from './http.ts';
import { kafka } from './kafka.ts';
import { mirror } from './mirror.ts';
import { tap } from './tap.ts';

export const sources = [tap, http, cloudevents, mirror, file, kafka] as const;
