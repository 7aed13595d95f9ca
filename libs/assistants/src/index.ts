export * from './assistant-source.js';
export * from './assistants.module.js';
export * from './default-assistant.js';
