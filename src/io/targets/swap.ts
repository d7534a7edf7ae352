// Two versions behind one arm. The plan of a request says which of the two is asked; both belong to the arm from its start to its end,
// and its version is that of both, since evidence about such an arm is evidence about the pair.
import type { Target } from '../ports.ts';

/** A version that has not said what it is, or never does. */
const unknown = 'unknown';

/** Takes both targets over: closing it closes them. Ready when both are. */
export function createSwappingTarget({ own, other }: { readonly own: Target; readonly other: Target }): Target {
  const said: { own: string | null; other: string | null } = { own: null, other: null };
  /** `v1+v2`, the arm's own first; null while neither has said any. */
  const version = (): string | null =>
    said.own === null && said.other === null ? null : `${said.own ?? unknown}+${said.other ?? unknown}`;
  return {
    ...own,
    name: `${own.name} with swap`,
    inProcess: own.inProcess && other.inProcess,
    ready: async (signal) => {
      const [ofOwn, ofOther] = await Promise.all([own.ready(signal), other.ready(signal)]);
      said.own = ofOwn.version ?? said.own;
      said.other = ofOther.version ?? said.other;
      return { version: version() };
    },
    call: async (call) => {
      const which = call.toOther === true ? 'other' : 'own';
      const reply = await (call.toOther === true ? other : own).call(call);
      if (reply.answer === null) return reply;
      said[which] = reply.answer.modelVersion ?? said[which];
      return { ...reply, answer: { ...reply.answer, modelVersion: version() } };
    },
    close: async () => {
      const closed = await Promise.allSettled([own.close(), other.close()]);
      for (const one of closed) if (one.status === 'rejected') throw one.reason;
    },
  };
}
