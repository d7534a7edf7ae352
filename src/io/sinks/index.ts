// Every alert sink. A new one: its file, one line here, its known-answer test.
import { alertmanager } from './alertmanager.ts';
import { slack } from './slack.ts';
import { webhook } from './webhook.ts';

export const sinks = [alertmanager, webhook, slack] as const;
