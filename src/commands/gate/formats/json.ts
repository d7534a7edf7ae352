// The answer as it is.
import type { GateFormat } from './format.ts';

export const json: GateFormat = {
  name: 'json',
  summary: 'the whole answer, as the API gives it',
  write: (answer) => ({ stdout: JSON.stringify(answer, null, 2) }),
};
