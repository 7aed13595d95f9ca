// Hands the arguments to commander and makes an exit code of what becomes of them.
import 'reflect-metadata';
import { CommandFactory } from 'nest-commander';
import { CliModule } from './cli.module.js';
import { translateFlags } from './flags/translate-flags.js';
import { report } from './io/report.js';

const USAGE = 'Usage: parley <noun> <verb> [options]; `parley --help` lists them.\n';

export async function start(args: readonly string[]): Promise<void> {
  // Commander takes its name from the script's path.
  process.argv = [process.argv[0]!, 'parley', ...translateFlags(args)];
  await CommandFactory.run(CliModule, {
    logger: false,
    abortOnError: false,
    // Each command shows its own usage after a mistake; this is for mistakes before any command.
    outputConfiguration: { outputError: (text, write) => write(`${text}${USAGE}`) },
    // Commander ends by throwing: help is well done, everything else was a mistake in the call.
    errorHandler: (error) => {
      const { code, exitCode } = error as Error & { code?: string; exitCode?: number };
      if (code === undefined) return report(error);
      return process.exit(code.startsWith('commander.help') ? (exitCode ?? 0) : 1);
    },
    serviceErrorHandler: report,
  });
}
