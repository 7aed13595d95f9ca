// What every command needs before it can run compiled code: Node 24, the dependencies, the build.
import { build } from './build.mjs';
import { install } from './install.mjs';
import { node24 } from './node24.mjs';
import { phase } from './output.mjs';

/** @param {{quiet?: boolean}} options `quiet` says only what took work */
export async function prepare({ quiet = false } = {}) {
  const runtime = await phase(node24, ({ version, source }) =>
    quiet && source !== 'downloaded' ? '' : `Node ${version} (${source})`,
  );
  await phase(
    () => install(runtime),
    (how) => (quiet && how === 'present' ? '' : `dependencies ${how}`),
  );
  await phase(
    () => build(runtime),
    (how) => (quiet && how === 'unchanged' ? '' : `build ${how}`),
  );
  return runtime;
}
