// Lines for the person at the terminal. `quiet` scripts (the CLI) speak on stderr and only when something takes time.
let stream = process.stdout;

export function speakOnStderr() {
  stream = process.stderr;
}

export function say(line = '') {
  stream.write(`${line}\n`);
}

/** Runs one phase and says what came of it and how long it took, when `describe` gives a line. */
export async function phase(work, describe) {
  const started = performance.now();
  const result = await work();
  const line = describe(result);
  if (line) say(`  ${line.padEnd(64)} ${((performance.now() - started) / 1000).toFixed(1)} s`);
  return result;
}
