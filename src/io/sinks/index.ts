// Every alert sink. A new one: its file, one line here, its known-answer test.
import { webhook } from './webhook.ts';

export const sinks = [webhook] as const;
