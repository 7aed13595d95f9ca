// The documented assistant manager for CommonJS programs. Files are written only where that is asked for; assistants are
// Parley's own records in Redis, in the words of OpenAI's assistant object.
'use strict';

const { connection, SCOPE } = require('./connection.cjs');

const { tenant, by } = SCOPE;
/** Thrown past the audit log, so that it tells a deletion that found nothing from one that was done. */
const ABSENT = new Error('there is no assistant by this id');
const lib = () => import('../dist/libs/assistants/src/index.js');

function createAssistantManager() {
  const { use, close } = connection({ files: false });

  const saveAssistantConfig = (assistant) => use(({ files }) => files.config.save(assistant));
  const updateEnvFile = (id) => use(({ files }) => files.setEnv(id));

  return {
    /** A new current assistant. @param config fields that differ from the documented defaults */
    createAssistant: (config = {}) =>
      use(async ({ manager, onRecord }) => {
        const fields = (await lib()).readConfig(config);
        return (await onRecord('create', SCOPE.purpose, () => manager.create(SCOPE, fields))).assistant;
      }),
    /** To `config/openai-assistant.json` of the working directory; what stood there is kept as a copy. */
    saveAssistantConfig,
    /** The line `OPENAI_ASSISTANT_ID=` of the working directory's `.env`; every other byte stays. */
    updateEnvFile,
    /** @returns what was saved, or null */
    loadAssistantConfig: () => use(async ({ files }) => (await files.config.load()) ?? null),
    /** Newest first. */
    listAssistants: () => use(({ registry }) => Array.fromAsync(registry.all(tenant))),
    /** @throws an error whose `code` is `not_found` */
    getAssistant: (id) => use(({ registry }) => registry.get(tenant, id)),
    updateAssistant: (id, updates) =>
      use(async ({ registry, onRecord }) => {
        const fields = (await lib()).readConfig(updates);
        return onRecord('update', id, () => registry.update(tenant, id, fields, { by, why: 'changed' }));
      }),
    /** @returns false when there was none by this id, which goes on record as failed */
    deleteAssistant: (id) =>
      use(async ({ registry, onRecord }) => {
        try {
          await onRecord('delete', id, async () => {
            if (!(await registry.delete(tenant, id))) throw ABSENT;
          });
        } catch (error) {
          if (error === ABSENT) return false;
          throw error;
        }
        return true;
      }),
    /** What `.env` names if it exists, else what the saved file names, else the current one, else a new one. Both files then name it. */
    getOrCreateAssistant: (forceNew = false) =>
      use(async (assistants) => {
        const { getOrCreate } = await import('../dist/apps/cli/src/backend/get-or-create.js');
        const assistant = await getOrCreate(assistants, SCOPE, forceNew === true);
        const { env, file } = await assistants.files.find();
        if (file !== assistant.id) await saveAssistantConfig(assistant);
        if (env !== assistant.id) await updateEnvFile(assistant.id);
        return assistant;
      }),
    /** Deletes all but the newest of those that nobody needs. @returns the ids of the deleted ones, and why others stayed */
    cleanupAssistants: (keepCount = 5) =>
      use(async ({ manager, onRecord }) => {
        if (!Number.isInteger(keepCount) || keepCount < 1)
          throw new RangeError('keepCount must be a whole number of at least 1');
        return onRecord('clean-up', `keep ${keepCount}`, () => manager.cleanUp(SCOPE, keepCount));
      }),
    /** @param intervalMs for all replicas; 0 = always due */
    setRefreshInterval: (intervalMs) =>
      use(async ({ manager, onRecord }) => {
        if (!Number.isFinite(intervalMs) || intervalMs < 0)
          throw new RangeError('intervalMs must be a number of at least 0');
        await onRecord('set-interval', `${intervalMs} ms`, () =>
          manager.setRefreshInterval(SCOPE, intervalMs),
        );
      }),
    /** Ends the connections, so that the process can end; a later call opens them again. */
    close,
  };
}

module.exports = { ...createAssistantManager(), createAssistantManager };
