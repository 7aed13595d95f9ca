// A Redis of a test's own, under a random prefix, and what assistants are tested with.
import { randomBytes } from 'node:crypto';
import { loadConfig, OpenaiConfig, RedisConfig, ToolsConfig } from '#config';
import { StateRedis } from '#redis';
import { AssistantRegistry } from './assistant-registry.js';
import { AssistantCanary } from './canary/assistant-canary.js';
import { CanaryCosts } from './canary/canary-costs.js';
import { AssistantUsage } from './usage/assistant-usage.js';
import { DefaultAssistant } from './default-assistant.js';

export async function openTestRedis(): Promise<StateRedis> {
  const REDIS_URL = process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6390';
  const REDIS_PREFIX = `test-${randomBytes(6).toString('hex')}:`;
  const redis = new StateRedis(loadConfig(RedisConfig, { REDIS_URL, REDIS_PREFIX }));
  await redis.ready(5_000);
  return redis;
}

export async function clearTestRedis(redis: StateRedis): Promise<void> {
  const keys = await redis.client.keys(`${redis.keys.prefix}*assistant*`);
  if (keys.length > 0) await redis.client.unlink(keys);
}

export async function closeTestRedis(redis: StateRedis): Promise<void> {
  const keys = await redis.client.keys(`${redis.keys.prefix}*`);
  if (keys.length > 0) await redis.client.unlink(keys);
  await redis.close();
}

/** As a process with this environment makes it. */
export function canaryOf(redis: StateRedis, env: Record<string, string> = {}): AssistantCanary {
  const config = loadConfig(OpenaiConfig, { OPENAI_API_KEY: 'sk-test', ...env });
  return new AssistantCanary(
    redis,
    new CanaryCosts(config, new AssistantRegistry(redis), new AssistantUsage(redis)),
  );
}

/** As a process with this environment makes it. */
export const sourceOf = (redis: StateRedis, env: Record<string, string> = {}): DefaultAssistant =>
  new DefaultAssistant(
    redis,
    loadConfig(OpenaiConfig, { OPENAI_API_KEY: 'sk-test', OPENAI_MODEL: 'gpt-6-luna', ...env }),
    loadConfig(ToolsConfig, env),
    new AssistantRegistry(redis),
    canaryOf(redis),
  );
