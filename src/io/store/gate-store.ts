// What the gate keeps in the SQLite file: overrides, for good, because they are audited; and deployments that wait for its answer.
import type Database from 'better-sqlite3';
import type { GateOverride, GateStore, HeldDeployment } from '../gate-store-port.ts';

export function createGateStore(database: Database.Database): GateStore {
  const putOverride = database.prepare('INSERT INTO gate_override (id, run_id, until, override) VALUES (?, ?, ?, ?)');
  const ofRun = database.prepare('SELECT override FROM gate_override WHERE run_id = ? ORDER BY rowid').pluck();
  const inForce = database.prepare('SELECT override FROM gate_override WHERE until > ? ORDER BY rowid').pluck();
  const putDeployment = database.prepare(
    `INSERT INTO deployment (id, settled, deployment) VALUES (?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET settled = excluded.settled, deployment = excluded.deployment`,
  );
  const oneDeployment = database.prepare('SELECT deployment FROM deployment WHERE id = ?').pluck();
  const held = database.prepare('SELECT deployment FROM deployment WHERE settled = 0 ORDER BY rowid').pluck();
  const overrideOf = (text: unknown): GateOverride => JSON.parse(text as string) as GateOverride;
  const deploymentOf = (text: unknown): HeldDeployment => JSON.parse(text as string) as HeldDeployment;
  return {
    saveOverride: (override) => {
      putOverride.run(override.id, override.run, override.until, JSON.stringify(override));
    },
    overrides: (runId) => ofRun.all(runId).map(overrideOf),
    overridesInForce: (nowMs) => inForce.all(nowMs).map(overrideOf),
    saveDeployment: (deployment) => {
      putDeployment.run(deployment.id, deployment.settled === null ? 0 : 1, JSON.stringify(deployment));
    },
    deployment: (id) => {
      const found = oneDeployment.get(id);
      return found === undefined ? null : deploymentOf(found);
    },
    heldDeployments: () => held.all().map(deploymentOf),
  };
}
