// The documented assistant service for CommonJS programs: which assistant is current, refreshed when due. Settings are the
// environment's, as everywhere; `.env` and `config/openai-assistant.json` of the working directory are kept up to date.
'use strict';

const { connection, SCOPE } = require('./connection.cjs');

function createAssistantService() {
  const { use, close } = connection({ files: true });
  return {
    /** The current assistant's id; the assistant is made when there is none. */
    initialize: () => use(async ({ manager }) => (await manager.initialize(SCOPE)).assistant.id),
    /** The same, refreshed when its interval has passed. */
    getCurrentAssistantId: () => use(async ({ manager }) => (await manager.current(SCOPE)).assistant.id),
    /** A new current assistant, now. @param config fields that differ from the one before. @returns its id */
    refreshAssistantId: (config = {}) =>
      use(async ({ manager, onRecord }) => {
        const { readConfig } = await import('../dist/libs/assistants/src/index.js');
        const fields = readConfig(config);
        const refreshed = await onRecord('refresh', 'current', () => manager.refresh(SCOPE, fields));
        return refreshed.assistant.id;
      }),
    getStatus: () =>
      use(async ({ manager }) => {
        const { assistant_id, last_refresh, interval_ms, needs_refresh } = await manager.status(SCOPE);
        return {
          assistantId: assistant_id ?? null,
          lastRefresh: last_refresh === undefined ? null : new Date(last_refresh).toISOString(),
          refreshInterval: interval_ms,
          needsRefresh: needs_refresh,
        };
      }),
    /** Ends the connections, so that the process can end; a later call opens them again. */
    close,
  };
}

module.exports = { ...createAssistantService(), createAssistantService };
