// Faults at one exact moment, which a random run seldom hits: each waits for the moment, strikes, and says what must
// hold afterwards. They run on the rig of a seed, after it; the last one empties Redis.
import { setTimeout as delay } from 'node:timers/promises';
import type { AppProcess } from '../rig/app-process.js';
import type { Rig } from '../rig/rig.js';
import { Talk } from './talk.js';

export interface Scenario {
  name: string;
  /** @throws with what did not hold */
  play(rig: Rig): Promise<void>;
}

function must(what: string, holds: boolean): void {
  if (!holds) throw new Error(what);
}

async function killAll(apps: readonly AppProcess[]): Promise<void> {
  await Promise.all(apps.map((app) => app.kill9()));
  await Promise.all(apps.map((app) => app.start()));
  await Promise.all(apps.map((app) => app.untilLive()));
}

/** Every worker dies the moment an event of the run is seen; the answer must come whole, once. */
const killedAt = (event: string, message: string, answer: string): Scenario => ({
  name: `workers killed at ${event}`,
  async play(rig) {
    const talk = new Talk(rig, `killed-at-${event}`);
    try {
      await talk.until('the subscription', () => talk.seen.length > 0);
      await talk.say('m', message);
      await talk.until(event, () => talk.events(event, 'm').length > 0);
      // Whichever app they belong to: any of them may have taken the run up.
      await killAll([...rig.workers, ...rig.gptWorkers]);
      await talk.until('the end', () => talk.events('run.completed', 'm').length > 0);
      const [end] = talk.events('run.completed', 'm');
      must(`the answer is ${JSON.stringify(end!['text'])}`, end!['text'] === answer);
      must('it was not taken over', Number(end!['attempt']) > 1);
      must('a tool call started twice', talk.events('tool.started', 'm').length <= 1);
      must('it ended twice', talk.events('run.completed', 'm').length === 1);
    } finally {
      await talk.stop();
    }
  },
});

const TEXT = 'one two three four five six seven eight nine ten eleven twelve';

/** The message is in the ingress, but nothing of it is durable. */
const ingressBeforeState: Scenario = {
  name: 'ingress killed before the message is durable',
  async play(rig) {
    const talk = new Talk(rig, 'before-state');
    try {
      await talk.until('the subscription', () => talk.seen.length > 0);
      rig.redisProxy.blackhole();
      await talk.say('m', `[[say ${TEXT}]]`);
      await delay(500);
      await Promise.all(rig.ingresses.map((app) => app.kill9()));
      rig.redisProxy.heal();
      await Promise.all(rig.ingresses.map((app) => app.start()));
      await talk.until('the end', () => talk.events('run.completed', 'm').length > 0, 60_000);
      must('it was accepted twice', talk.events('run.queued', 'm').length === 1);
    } finally {
      await talk.stop();
      await rig.mend();
    }
  },
};

/** All state is gone: loud for those who listen, and nothing that the broker still holds is lost. */
const emptyRedis: Scenario = {
  name: 'Redis started empty',
  async play(rig) {
    const talk = new Talk(rig, 'empty');
    try {
      await talk.until('the subscription', () => talk.seen.length > 0);
      await talk.say('old', `[[say ${TEXT}]]`);
      await talk.until('the end', () => talk.events('run.completed', 'old').length > 0);
      const [before] = talk.events('run.completed', 'old');
      const epoch = talk.seen.at(-1)!.epoch;
      await rig.redis.kill9();
      // Taken in by nobody, so that it must come again.
      await talk.say('waiting', `[[say ${TEXT}]]`);
      await rig.redis.restart({ empty: true });
      await talk.until(
        'what the broker held',
        () => talk.events('run.completed', 'waiting').length > 0,
        60_000,
      );
      must(
        'no reset was sent',
        talk.seen.some((one) => one.op === 'reset' && one.epoch !== epoch),
      );
      must('the epoch is the old one', talk.seen.at(-1)!.epoch !== epoch);
      await talk.say('old', `[[say ${TEXT}]]`);
      await talk.until('the old message again', () => talk.events('run.completed', 'old').length > 1);
      const after = talk.events('run.completed', 'old').at(-1)!;
      must('the same message has another run id', after['run_id'] === before!['run_id']);
    } finally {
      await talk.stop();
    }
  },
};

export const SCENARIOS: readonly Scenario[] = [
  killedAt('run.started', `[[say ${TEXT}]] [[ttft 1500]]`, TEXT),
  killedAt('output_text.delta', `[[say ${TEXT}]] [[rate 10]]`, TEXT),
  killedAt('tool.started', `[[tool get_weather {"city":"Slow"}]] [[say ${TEXT}]]`, TEXT),
  killedAt('tool.finished', `[[tool get_weather {"city":"Bern"}]] [[say ${TEXT}]] [[ttft 1500]]`, TEXT),
  ingressBeforeState,
  emptyRedis,
];

/** @returns what did not hold, by scenario */
export async function playScenarios(rig: Rig, only: readonly Scenario[] = SCENARIOS): Promise<string[]> {
  const complaints: string[] = [];
  for (const { name, play } of only) {
    try {
      await play(rig);
    } catch (error) {
      complaints.push(`${name}: ${(error as Error).message}`);
      await rig.mend();
    }
  }
  return complaints;
}
