// What the API answers about retries and overrides, for its OpenAPI document.
import { Type } from 'typebox';

const text = (description: string) => Type.String({ description });
const time = (description: string) => Type.Number({ description: `${description}, epoch milliseconds` });

export const retriesAnswer = Type.Object(
  {
    run: text('the run that this one tries again'),
    verdict: text('what the gate said of it then'),
    said: Type.Union([text('its first reason'), Type.Null()]),
    reason: text('why it is tried again'),
    at: time('when'),
  },
  { description: 'the run that this one tries again' },
);

export const overrideAnswer = Type.Object(
  {
    id: Type.String(),
    run: Type.String(),
    experiment: Type.String(),
    candidate: Type.Union([text('the digest or version that it is for'), Type.Null()]),
    verdict: text('what the gate said'),
    by: text('who'),
    reason: text('why'),
    ticket: text('where that is written'),
    at: time('when'),
    until: time('end'),
  },
  { description: 'a person let this candidate on, whatever the gate says' },
);
