// The shape of one entry of `alerts`: a sink and what it needs.
import { Type } from 'typebox';
import { text, url } from './fields.ts';

export const sinkSchema = Type.Object(
  {
    alertmanager: Type.Optional(url('an Alertmanager; it gets every alert and groups and inhibits by itself')),
    webhook: Type.Optional(url('receives one POST of JSON per notification')),
    slack: Type.Optional(text('a reference to the address of a Slack-compatible incoming webhook')),
    kafka: Type.Optional(Type.Unknown({ description: 'a Kafka topic: {brokers: [host:port], topic: NAME}' })),
    headers: Type.Optional(Type.Unknown({ description: 'headers to add; secrets as references; not for slack' })),
  },
  { additionalProperties: false, notYet: ['email', 'pagerduty'] },
);
