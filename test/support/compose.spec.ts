import { beforeAll, describe, expect, it } from '@jest/globals';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';

interface Service {
  readonly image: string;
  readonly command?: string | string[];
  readonly environment?: Record<string, string>;
  readonly ports?: string[];
  readonly depends_on?: Record<string, { condition: string }>;
  readonly healthcheck?: object;
  readonly volumes?: string[];
  readonly profiles?: string[];
}

describe('docker-compose.yml', () => {
  let compose: { services: Record<string, Service>; volumes: Record<string, null> };
  let services: [string, Service][];
  beforeAll(() => {
    compose = parse(readFileSync('docker-compose.yml', 'utf8'), { merge: true });
    services = Object.entries(compose.services);
  });

  it('brings everything up in one command, but the stand-in for the provider', () => {
    const always = services.filter(([, { profiles }]) => profiles === undefined).map(([name]) => name);
    expect(always.sort()).toEqual([
      'assistant-stream',
      'gateway',
      'gpt-worker',
      'kafka',
      'rabbitmq',
      'redis',
    ]);
    expect(compose.services.emulator?.profiles).toEqual(['emulator']);
  });

  it('runs each app that serves, from the one image', () => {
    const mains = services.flatMap(([, { command }]) => (Array.isArray(command) ? command : []));
    const serving = readdirSync('apps').filter(
      (app) => app !== 'cli' && existsSync(`apps/${app}/src/main.ts`),
    );
    expect(mains.sort()).toEqual(serving.map((app) => `dist/apps/${app}/src/main.js`).sort());
  });

  it('lets each app wait for what it needs', () => {
    const needs = (name: string) => Object.keys(compose.services[name]?.depends_on ?? {}).sort();
    expect(needs('gateway')).toEqual(['rabbitmq', 'redis']);
    expect(needs('assistant-stream')).toEqual(['rabbitmq', 'redis']);
    expect(needs('gpt-worker')).toEqual(['kafka', 'redis']);
  });

  it('gives each app the port that is published', () => {
    for (const [, { command, ports, environment }] of services) {
      if (Array.isArray(command)) expect(ports).toEqual([expect.stringMatching(`:${environment?.PORT}$`)]);
    }
  });

  it('publishes on loopback only', () => {
    const ports = services.flatMap(([, service]) => service.ports ?? []);
    expect(ports.length).toBeGreaterThan(5);
    expect(ports.filter((port) => !/^127\.0\.0\.1:\$\{[A-Z_]+_PORT:-\d+\}:\d+$/.test(port))).toEqual([]);
  });

  it('waits for services that have a health check, and keeps their data in named volumes', () => {
    for (const [, service] of services) {
      for (const [needed, { condition }] of Object.entries(service.depends_on ?? {})) {
        expect(condition).toBe('service_healthy');
        expect(compose.services[needed]?.healthcheck).toBeDefined();
      }
      for (const volume of service.volumes ?? []) {
        expect(Object.keys(compose.volumes)).toContain(volume.split(':')[0]);
      }
    }
  });

  it('keeps what is promised: a durable Redis that does not evict, and 10 MB records', () => {
    expect(compose.services.redis?.command).toMatch(
      /--appendonly yes --appendfsync always --maxmemory-policy noeviction/,
    );
    expect(compose.services.kafka?.environment).toMatchObject({ KAFKA_MESSAGE_MAX_BYTES: '10485760' });
  });
});

describe('deploy/Dockerfile', () => {
  const text = readFileSync('deploy/Dockerfile', 'utf8');

  it('runs as a numeric user above 10000, without dev dependencies, and reports its health', () => {
    expect(Number(/^USER (\d+)/m.exec(text)?.[1])).toBeGreaterThanOrEqual(10_000);
    expect(text).toMatch(/npm ci --omit=dev/);
    expect(text).toMatch(/^HEALTHCHECK/m);
  });

  it('holds every app, to be chosen by its command', () => {
    expect(text).toMatch(/^ENTRYPOINT \["node",/m);
    expect(text).toMatch(/^COPY --from=build \/app\/dist \.\/dist$/m);
    expect(text).toMatch(/^CMD \["dist\/apps\/gateway\/src\/main\.js"\]$/m);
  });

  it('leaves the checkout’s own state out of the image', () => {
    const ignored = readFileSync('.dockerignore', 'utf8').split('\n');
    expect(ignored).toEqual(expect.arrayContaining(['.env', '.run', 'node_modules', '.git']));
  });
});
