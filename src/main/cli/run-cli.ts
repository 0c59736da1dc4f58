import { Command, CommanderError } from 'commander';
import { toFailure, type Failure } from '../../shared/model/failure';
import type { StartCopy } from '../engine/export/copy/worker-client';
import { isCommandName, type CommandName } from './command-names';
import { jsonLine, type AddCommand, type CliContext, type CliFiles } from './context';
import { EXIT, exitCodeOf } from './exit-codes';
import type { CliIo } from './io';
import packageJson from '../../../package.json';

/** Each command is loaded when it is asked for: all of them would triple the time to start. */
const COMMANDS: Readonly<Record<CommandName, () => Promise<AddCommand>>> = {
  demo: async () => (await import('./commands/demo')).addDemo,
  tour: async () => (await import('./commands/tour')).addTour,
  ls: async () => (await import('./commands/ls')).addLs,
  cbt: async () => (await import('./commands/cbt')).addCbt,
  snapshot: async () => (await import('./commands/snapshot')).addSnapshot,
  changed: async () => (await import('./commands/changed')).addChanged,
  preflight: async () => (await import('./commands/preflight')).addPreflight,
  export: async () => (await import('./commands/export')).addExport,
  resume: async () => (await import('./commands/resume')).addResume,
  leftovers: async () => (await import('./commands/leftovers')).addLeftovers,
  verify: async () => (await import('./commands/verify')).addVerify,
  chain: async () => (await import('./commands/chain')).addChain,
  flatten: async () => (await import('./commands/flatten')).addFlatten,
  restore: async () => (await import('./commands/restore')).addRestore,
  serve: async () => (await import('./commands/serve')).addServe,
  copy: async () => (await import('./commands/copy')).addCopy,
};

const HELP = `
Exit codes:
  0  done, also if something is left on the pool, which is then said
  1  the job failed
  2  wrong usage
  3  the preflight refused
  4  not trusted, or not logged in

Passwords come from a prompt, --password-file or DELTASCOPE_PASSWORD, never from an argument.
`;

/**
 * Runs one command line. Everything it has to say goes through `io`; the result is the exit code.
 * @param argv the arguments after the program's name.
 */
export async function runCli(
  argv: readonly string[],
  io: CliIo,
  files: CliFiles,
  startCopy: StartCopy,
): Promise<number> {
  let exitCode: number = EXIT.done;
  const context: CliContext = {
    io,
    files,
    startCopy,
    setExitCode: (code) => {
      exitCode = code;
    },
  };
  const program = new Command('deltascope')
    .description(
      'Shows where the disks of XCP-ng and XenServer VMs changed, and exports exactly those blocks.',
    )
    .version(packageJson.version)
    .addHelpText('after', HELP)
    .showHelpAfterError('(--help shows what there is)');
  for (const add of await commandsFor(argv)) add(program, context);
  settle(program, io);
  try {
    await program.parseAsync(argv, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    const failure = toFailure(error);
    report(failure, argv.includes('--json'), io);
    return exitCodeOf(failure);
  }
}

/** The command that is named, or all where the help has to list them. */
async function commandsFor([name]: readonly string[]): Promise<AddCommand[]> {
  if (name === '--version' || name === '-V') return [];
  const wanted = isCommandName(name) ? [COMMANDS[name]] : Object.values(COMMANDS);
  return Promise.all(wanted.map((load) => load()));
}

/** Commander must neither end the process nor write past `io`; sub-commands do not inherit either. */
function settle(command: Command, io: CliIo): void {
  command.exitOverride();
  command.configureOutput({
    writeOut: (text) => io.out(text),
    writeErr: (text) => io.err(text),
    getOutHelpWidth: () => io.columns,
    getErrHelpWidth: () => io.columns,
  });
  for (const child of command.commands) settle(child, io);
}

function report(failure: Failure, json: boolean, io: CliIo): void {
  if (json) jsonLine(io, { event: 'failed', failure });
  io.err(`deltascope: ${failure.message}\n  What to do: ${failure.nextStep}\n`);
  if (failure.details) io.err(`  Details (${failure.code}): ${failure.details}\n`);
  else io.err(`  Code: ${failure.code}\n`);
}
