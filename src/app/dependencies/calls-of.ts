// Which calls belong to one arm's answer to one exchange: by the ids that dispatch sent and the pod forwarded.
import type { Arm, Exchange } from '../../model.ts';
import { sentRequestId } from '../../pipeline/dispatch.ts';
import type { RunContext } from '../../pipeline/run-context.ts';
import { traceOf } from '../../pipeline/trace.ts';
import type { Dependencies } from './dependencies.ts';

type Asked = { readonly arm: Arm; readonly exchange: Exchange };

/** A proxy knows an arm by its name alone: while another run has an arm of that name, nothing can be known. */
export function callsOfDependencies(
  dependencies: Dependencies,
  active: () => readonly RunContext[],
): (context: RunContext, asked: Asked) => number | null {
  return ({ run }, { arm, exchange }) => {
    const isAlone = active().every(
      (other) => other.run.id === run.id || !other.run.definition.arms.some(({ name }) => name === arm.name),
    );
    if (!isAlone) return null;
    const trace = traceOf(exchange);
    return dependencies.callsOf({
      arm: arm.name,
      ids: [sentRequestId(exchange), ...(trace === null ? [] : [trace.id])],
      from: exchange.arrivedAt,
      until: exchange.arrivedAt + arm.deadlineMs,
    });
  };
}
