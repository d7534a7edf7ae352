// That a fault has no way to production, said in types: each line below would let one through, and none compiles. Checked by tsc alone.
import type { Production } from '../../src/config/effective.ts';
import type { Fault } from '../../src/faults/index.ts';
import type { Target, TargetCall } from '../../src/io/ports.ts';
import type { Arm, KindUse, TargetSpec, TransportFault } from '../../src/model.ts';
import type { ArmContext } from '../../src/pipeline/run-context.ts';
import type { TapOptions } from '../../src/tap/tap.ts';

declare const production: Production;
declare const fault: Fault;
declare const use: KindUse;
declare const transport: TransportFault;
declare const arm: Arm;
declare const tap: TapOptions;
declare const context: ArmContext;
declare const call: TargetCall;

// Production is no target: nothing can be sent to what the config says about it.
// @ts-expect-error
export const asTarget: Target = production;
// @ts-expect-error
export const asSpec: TargetSpec = production;
// @ts-expect-error
export const asArm: Arm = { ...arm, target: production };
// @ts-expect-error
export const inContext: ArmContext = { ...context, target: production };
// @ts-expect-error
production.faults = [use];

// The tap, the only part on production's path, takes neither faults nor perturbations.
// @ts-expect-error
export const faultyTap: TapOptions = { ...tap, listen: tap.listen, faults: [use] };
// @ts-expect-error
export const spoiltTap: TapOptions = { ...tap, listen: tap.listen, transport };
// @ts-expect-error
export const perturbedTap: TapOptions = { ...tap, listen: tap.listen, perturbations: [use] };

// A fault answers questions about a request; it is given nothing that it could send with, and gives nothing that sends.
// @ts-expect-error
fault.acts(production);
// @ts-expect-error
fault.send(call);
// @ts-expect-error
export const sends: Promise<unknown> = fault.transport?.({
  armName: '',
  seed: '',
  requestId: '',
  request: call.request,
});

// Bytes are spoilt where a shadow's target sends them, by a call that only a target takes.
// @ts-expect-error
export const spoilsProduction: typeof production.url = call.transport;
