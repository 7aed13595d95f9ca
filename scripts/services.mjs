// npm run services -- up|down|status [--json] : Redis, RabbitMQ and Kafka without the apps.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Fault, runMain } from './lib/fault.mjs';
import { environment } from './lib/environment.mjs';
import { say, speakOnStderr } from './lib/output.mjs';
import { withLock } from './lib/lock.mjs';
import { RUN_DIR, openRunDir } from './lib/paths.mjs';
import { PROVIDERS, down, status, up } from './lib/services.mjs';

const HELP = `npm run services -- up | down | status [--json]
  up      brings Redis, RabbitMQ and Kafka (which may be absent) up, and leaves them running
  down    stops those that \`up\` started
  status  says what runs, where, and whether it answers`;

await runMain(async () => {
  const [verb, ...rest] = process.argv.slice(2);
  const json = rest.includes('--json');
  if (json) speakOnStderr();
  const show = (value) => {
    process.stdout.write(`${JSON.stringify(value, undefined, 2)}\n`);
  };
  switch (verb) {
    case 'up': {
      openRunDir();
      const found = await withLock(join(RUN_DIR, 'services.lock'), () =>
        up({
          dir: RUN_DIR,
          kinds: Object.keys(PROVIDERS),
          owner: 'services',
          env: environment(),
          useListening: true,
        }),
      );
      if (json) return show(found);
      for (const [kind, { url, source, notes }] of Object.entries(found)) {
        for (const note of notes) say(note);
        if (url) say(`${kind.padEnd(10)}${url}  (${source})`);
      }
      return undefined;
    }
    case 'down': {
      openRunDir();
      const stopped = await withLock(join(RUN_DIR, 'services.lock'), () => down(RUN_DIR, ['services']));
      if (json) return show({ stopped });
      return say(stopped.length > 0 ? `stopped: ${stopped.join(', ')}` : 'nothing to stop');
    }
    case 'status': {
      const entries = existsSync(RUN_DIR) ? await status(RUN_DIR) : [];
      if (json) return show(entries);
      if (entries.length === 0) say('nothing was started here');
      for (const { kind, url, answers, pid } of entries) {
        say(
          `${kind.padEnd(10)}${url}  ${answers ? 'answers' : 'does not answer'}${pid ? `  pid ${pid}` : ''}`,
        );
      }
      return undefined;
    }
    case undefined:
    case '--help':
      return say(HELP);
    default:
      throw new Fault(`unknown command "${verb}"; use up, down or status`);
  }
});
