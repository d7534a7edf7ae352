// What commands share as processes: options read with clear complaints, exit codes (64 for wrong usage, 1 for what failed),
// and for servers one line when ready, a message to the parent process and a graceful end on SIGTERM.
import { type Command, type CommanderError, InvalidArgumentError, Option } from 'commander';
import type { FastifyInstance } from 'fastify';
import { messageOf, PenumbraError } from '../errors.ts';
import { type ListenAddress, listenOn, parseListenAddress } from '../io/listen-address.ts';

export const usageExit = 64;
const failureExit = 1;
/** Connections that are still busy after this are cut. */
const graceMs = 5000;
const anyPort = { host: '127.0.0.1', port: 0 };

/** A parser of options for commander out of one that throws PenumbraError. */
export function optionOf<Value>(parse: (text: string) => Value): (text: string) => Value {
  return (text) => {
    try {
      return parse(text);
    } catch (thrown) {
      throw new InvalidArgumentError(messageOf(thrown));
    }
  };
}

export function listenOption(): Option {
  return new Option('--listen <host:port>', 'where to listen; port 0 takes any free one')
    .default(anyPort, `${anyPort.host}:${anyPort.port}`)
    .argParser(optionOf(parseListenAddress));
}

/** 0 for help and the like, 64 for wrong usage, else what the command said. */
export function exitCodeOf(ended: CommanderError): number {
  return ended.exitCode === 0 || ended.code === 'commander.error' ? ended.exitCode : usageExit;
}

/** Ends the process with these codes instead of commander's 1 for everything, and says where help is. */
export function withExitCodes(command: Command): Command {
  return command.exitOverride((ended) => {
    const exitCode = exitCodeOf(ended);
    if (exitCode === usageExit && !isHelp(ended)) process.stderr.write(`see: ${pathOf(command)} --help\n`);
    process.exit(exitCode);
  });
}

function isHelp({ code }: CommanderError): boolean {
  return code === 'commander.help';
}

/** As it is typed: "penumbra run start". */
function pathOf(command: Command): string {
  const { parent } = command;
  if (parent !== null) return `${pathOf(parent)} ${command.name()}`;
  return command.name() === 'penumbra' ? 'penumbra' : `penumbra ${command.name()}`;
}

/** Listens, says so, and ends with the process's signals. Failures become one line on standard error. */
export async function runServer(
  command: Command,
  server: { title: string; listen: ListenAddress; open: () => Promise<{ app: FastifyInstance; subject: string }> },
): Promise<void> {
  try {
    const { app, subject } = await server.open();
    const { url, port } = await listenOn(app, server.listen).catch(async (thrown: unknown) => {
      await app.close();
      throw thrown;
    });
    stopWithProcess(app);
    process.stdout.write(`${server.title} ${subject} listening on ${url}\n`);
    process.send?.({ type: 'listening', port });
  } catch (thrown) {
    const isUsage = thrown instanceof PenumbraError && thrown.code === 'USAGE';
    command.error(`${server.title}: ${messageOf(thrown)}`, { exitCode: isUsage ? usageExit : failureExit });
  }
}

function stopWithProcess(app: FastifyInstance): void {
  let isStopping = false;
  const stop = (): void => {
    if (isStopping) return;
    isStopping = true;
    setTimeout(() => app.server.closeAllConnections(), graceMs).unref();
    app.close().then(
      () => process.exit(0),
      () => process.exit(failureExit),
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  // A parent that started it over IPC and died leaves nobody to stop it.
  process.on('disconnect', stop);
}
