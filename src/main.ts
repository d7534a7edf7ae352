#!/usr/bin/env node
// The process door: reads the command line and runs one command. Commands load only what they need.
import { Command } from 'commander';
import { withExitCodes } from './commands/server-process.ts';
import { version } from './version.ts';

const commands: Readonly<Record<string, () => Promise<Command>>> = {
  demo: async () => (await import('./commands/demo.ts')).demoCommand(),
  init: async () => (await import('./commands/init.ts')).initCommand(),
  serve: async () => (await import('./commands/serve.ts')).serveCommand(),
  tap: async () => (await import('./commands/tap.ts')).tapCommand(),
  pod: async () => (await import('./commands/pod.ts')).podCommand(),
  'feature-store': async () => (await import('./commands/feature-store.ts')).featureStoreCommand(),
  'fault-proxy': async () => (await import('./commands/fault-proxy.ts')).faultProxyCommand(),
  run: async () => (await import('./commands/run.ts')).runCommand(),
  kill: async () => (await import('./commands/kill.ts')).killCommand(),
  report: async () => (await import('./commands/report.ts')).reportCommand(),
  drill: async () => (await import('./commands/drill.ts')).drillCommand(),
  gate: async () => (await import('./commands/gate.ts')).gateCommand(),
  validate: async () => (await import('./commands/validate.ts')).validateCommand(),
  replay: async () => (await import('./commands/replay.ts')).replayCommand(),
  doctor: async () => (await import('./commands/doctor.ts')).doctorCommand(),
  plan: async () => (await import('./commands/plan.ts')).planCommand(),
  chaos: async () => (await import('./commands/chaos.ts')).chaosCommand(),
};

const firstSteps = `
See it work:           penumbra demo
Beside your own model: penumbra init --url http://MODEL, then penumbra validate, plan and serve with what it wrote
In a release pipeline: penumbra run start --experiment release, then penumbra gate --run ID --wait 30m
Every command explains itself: penumbra gate --help`;

async function main(args: readonly string[]): Promise<void> {
  const program = withExitCodes(new Command('penumbra'))
    .description(
      'Shadow testing for machine-learning services: asks shadow arms what production was asked, compares every answer, ' +
        'and says with a stated error rate what holds.',
    )
    .version(version)
    // So that what stands behind a command is its own: gate and gate override both have --run.
    .enablePositionalOptions()
    .addHelpText('after', firstSteps);
  const wanted = commands[args[0] ?? ''];
  // One command's start must not pay for loading all the others.
  const makers = wanted === undefined ? Object.values(commands) : [wanted];
  for (const make of makers) program.addCommand(withExitCodes(await make()));
  await program.parseAsync([...args], { from: 'user' });
}

await main(process.argv.slice(2));
