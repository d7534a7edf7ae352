// The budget of a run, as the API tells of it.
import { Type } from 'typebox';

export const budget = Type.Object(
  {
    limits: Type.Object({
      requestsPerSecond: Type.Number(),
      bytesPerSecond: Type.Number(),
      inFlight: Type.Integer({ description: 'calls under way' }),
      bodyBytes: Type.Number({ description: 'of one request' }),
      requests: Type.Number({ description: 'in the whole run' }),
    }),
    share: Type.Number({ description: 'of the traffic, as the config says' }),
    used: Type.Union([
      Type.Object({
        requestsPerSecond: Type.Number({ description: 'spent of one second’s worth: 0 to 1' }),
        bytesPerSecond: Type.Number({ description: 'spent of one second’s worth: 0 to 1' }),
        inFlight: Type.Integer(),
        requests: Type.Integer(),
        share: Type.Number({ description: 'of the traffic, as it is let through now' }),
      }),
      Type.Null(),
    ]),
  },
  { description: 'the most that each arm may be sent, and what is used of it now; used is null after the end' },
);
