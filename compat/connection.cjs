// The bridge from CommonJS to the compiled libs: opened at the first call, shared by the calls that follow, closed on demand.
'use strict';

const { existsSync } = require('node:fs');
const { join } = require('node:path');

const BACKEND = join(__dirname, '..', 'dist', 'apps', 'cli', 'src', 'backend');

/** @param {{files: boolean}} options whether every new current assistant is also written to the working directory */
function connection({ files }) {
  let opening;

  async function open() {
    if (!existsSync(BACKEND)) throw new Error('Parley is not built; run `npm run build` in its directory');
    const { openAssistants } = await import('../dist/apps/cli/src/backend/open-assistants.js');
    return openAssistants({ files, door: 'program' });
  }

  return {
    /** A failed attempt is not remembered, so that the next call tries again. */
    use: async (act) => {
      opening ??= open().catch((error) => {
        opening = undefined;
        throw error;
      });
      return act(await opening);
    },
    close: async () => {
      const opened = opening;
      opening = undefined;
      // What never opened needs no closing; its caller was told.
      await (await opened?.catch(() => undefined))?.close();
    },
  };
}

/** Of whom, in the versions' history and in Redis. */
const SCOPE = { tenant: 'default', purpose: 'default', by: 'program' };

module.exports = { connection, SCOPE };
