// Where a config may carry secrets: the API's token and headers. A literal secret is refused at load and never quoted back;
// a reference that leads nowhere is a warning here and an error when it is needed.
import type { Headers } from '../model.ts';
import type { SecretFrom } from './effective.ts';
import { type Environment, holdsReference, missingReferences, parseReference, placeReferences } from './secrets.ts';
import { entriesOf, nameOf, type Spot, show } from './shape.ts';

export interface SecretSetting {
  readonly env: Environment;
  /** File references are relative to it. */
  readonly directory: string;
}

const sensitive = /^(proxy-)?authorization$|cookie|token|secret|password|credential|api-?key|signature/;
const headerName = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;
const forms = `\${file:/path} or \${env:NAME}`;

/** A reference and nothing else. Null when it was reported. */
export function readSecretFrom(spot: Spot, setting: SecretSetting): SecretFrom | null {
  const placed = typeof spot.value === 'string' ? placeReferences(spot.value, setting) : '';
  const from = parseReference(placed);
  if (from === null) {
    const why = `requires a reference, ${forms}: a secret is never written into a config`;
    spot.problems.at(spot.path, `${nameOf(spot.path)} ${why}`);
  } else warnOfMissing(spot, { text: placed, setting });
  return from;
}

/** Header values by lower-case name; values of headers that carry secrets must be references. */
export function readHeaders(spot: Spot, setting: SecretSetting): Headers {
  if (spot.value === undefined) return {};
  const entries = entriesOf(spot, 'a map of header names to text');
  return Object.fromEntries(
    entries.flatMap(([name, entry]) => readHeader(name.toLowerCase(), { spot: entry, setting })),
  );
}

function readHeader(name: string, { spot, setting }: { spot: Spot; setting: SecretSetting }): [string, string][] {
  const { value, path, problems } = spot;
  if (!headerName.test(name)) problems.atKey(path, `${nameOf(path)} is not a header name`);
  else if (typeof value !== 'string') problems.at(path, `${nameOf(path)} requires text, got ${show(value)}`);
  else if (sensitive.test(name) && !holdsReference(value)) {
    const why = `requires a reference such as "Bearer \${env:NAME}": a secret is never written into a config`;
    problems.at(path, `${nameOf(path)} ${why}`);
  } else {
    const placed = placeReferences(value, setting);
    warnOfMissing(spot, { text: placed, setting });
    return [[name, placed]];
  }
  return [];
}

function warnOfMissing({ path, problems }: Spot, { text, setting }: { text: string; setting: SecretSetting }): void {
  for (const missing of missingReferences(text, setting)) {
    problems.warn(path, `${missing} is missing or empty here: serve will refuse to start without it`);
  }
}
