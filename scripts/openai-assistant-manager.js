#!/usr/bin/env node
// The assistant manager's old command line: `node scripts/openai-assistant-manager.js <command>` is `parley assistants <command>`.
const [, , command = 'help', ...rest] = process.argv;
const verb = command === 'help' || command === '--help' ? ['--help'] : [command, ...rest];

// Before the command line, which would only say so later: nothing of it works without.
if (verb[0] !== '--help' && !process.env.OPENAI_API_KEY) {
  process.stderr.write('OPENAI_API_KEY is not set; set it to the key of the provider\n');
  process.exit(1);
}
process.argv.splice(2, process.argv.length, 'assistants', ...verb);
await import('./parley.mjs');
