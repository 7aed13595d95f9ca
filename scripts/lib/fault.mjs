// How a script ends: a Fault is a thing that its user can mend, told in one line; anything else is a defect and keeps its trace.
export class Fault extends Error {}

/** Runs a script's main function and turns its end into an exit code. */
export async function runMain(main) {
  try {
    const code = await main();
    process.exitCode = code ?? 0;
  } catch (error) {
    if (error instanceof Fault) process.stderr.write(`parley: ${error.message}\n`);
    else process.stderr.write(`parley: this should not happen; ${error?.stack ?? error}\n`);
    process.exitCode = 1;
  }
}
