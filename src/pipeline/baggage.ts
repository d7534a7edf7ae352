// W3C Baggage: what a pod passes on to everything it calls, by itself where it is instrumented with OpenTelemetry. The arm's name goes
// along in it, so that a dependency's proxy knows for whom it was called.

const member = 'penumbra-arm';
/** What every implementation must carry on: 8192 bytes in all, 64 members. */
const maxBytes = 8192;
const maxMembers = 64;

/** The request's own baggage with the arm's name in it; the name alone where the rest is none that may be sent, or too much. */
export function withArm(baggage: string | undefined, armName: string): string {
  const own = `${member}=${armName}`;
  if (baggage === undefined) return own;
  const others = baggage
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '' && part.split('=', 1)[0]?.trim() !== member);
  const merged = [...others, own].join(',');
  const isSendable = /^[\x20-\x7e]*$/.test(merged) && merged.length <= maxBytes && others.length < maxMembers;
  return isSendable ? merged : own;
}
