// deploy/kubernetes without a cluster: Kubernetes' own schemas, what the parts say of each other, and the resource that the
// Deployment is made from. `UPDATE_DOCS=1` writes deployment.yaml anew.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { CustomResourceDefinition } from 'kubernetes-models/apiextensions.k8s.io/v1/CustomResourceDefinition';
import { Deployment, type IDeployment } from 'kubernetes-models/apps/v1/Deployment';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import { Secret, type ISecret } from 'kubernetes-models/v1/Secret';
import { Service, type IService } from 'kubernetes-models/v1/Service';
import { parse, stringify } from 'yaml';
import {
  ALL_CONFIGS,
  CompletionsConfig,
  describeConfigs,
  loadConfigs,
  OpenaiConfig,
  ServerConfig,
} from '#config';
import { readChaterGpt, type ChaterGpt } from './read-resource.js';
import { toManifests } from './to-manifests.js';

const FOLDER = 'deploy/kubernetes';
const HEAD = `# What parley chatergpt render makes of chatergpt.sample.yaml, for those who want a plain Deployment; a test holds them together
# (UPDATE_DOCS=1 npm run unit -- kubernetes writes this anew). Needs the Secret chater-gpt-secrets.
`;
const text = (name: string): string => readFileSync(`${FOLDER}/${name}`, 'utf8');
const yaml = <T>(name: string): T => parse(text(name)) as T;
const sample = (change: object = {}): string => {
  const resource = yaml<ChaterGpt>('chatergpt.sample.yaml');
  return stringify({ ...resource, spec: { ...resource.spec, ...change } });
};
const render = (change = {}) => toManifests(readChaterGpt(sample(change), 'sample'));
const mib = (quantity: unknown): number => Number(/^(\d+)Mi$/.exec(String(quantity))![1]);

describe('what can be applied', () => {
  test('deployment.yaml is the sample, rendered', () => {
    const { namespace: _, ...spec } = yaml<ChaterGpt>('chatergpt.sample.yaml').spec;
    const resource = { apiVersion: 'chater.example.com/v1', kind: 'ChaterGpt', spec };
    const [deployment] = toManifests(readChaterGpt(stringify(resource), 'sample'));
    if (process.env['UPDATE_DOCS']) writeFileSync(`${FOLDER}/deployment.yaml`, HEAD + stringify(deployment));
    expect(yaml('deployment.yaml')).toEqual(deployment);
  });

  test.each([
    ['deployment.yaml', Deployment],
    ['service.yaml', Service],
    ['secret.example.yaml', Secret],
    ['pod-disruption-budget.yaml', PodDisruptionBudget],
    ['crd.yaml', CustomResourceDefinition],
  ])("%s is what Kubernetes' own schema asks for", (name, Model) => {
    const manifest = yaml<{ kind: string; apiVersion: string }>(name);
    const model = new (Model as new (data: object) => { validate(): void })(manifest);
    expect(() => model.validate()).not.toThrow();
    expect(manifest).toMatchObject({ kind: Model.kind, apiVersion: Model.apiVersion });
  });

  test('a manifest with a wrong type is found by that schema', () => {
    const broken = { ...yaml<IDeployment>('deployment.yaml') };
    broken.spec = { ...broken.spec!, replicas: 'three' as never };
    expect(() => new Deployment(broken).validate()).toThrow(/replicas/);
  });

  test('kustomization.yaml names every manifest but the Secret and the resource', () => {
    const { resources } = yaml<{ resources: string[] }>('kustomization.yaml');
    const apart = new Set(['kustomization.yaml', 'secret.example.yaml', 'crd.yaml', 'chatergpt.sample.yaml']);
    const files = readdirSync(FOLDER).filter((name) => name.endsWith('.yaml') && !apart.has(name));
    expect(resources.toSorted()).toEqual(files.toSorted());
  });
});

describe('the Deployment', () => {
  let deployment: IDeployment;
  beforeAll(() => {
    deployment = yaml('deployment.yaml');
  });
  const pod = () => deployment.spec!.template.spec!;
  const worker = () => pod().containers[0]!;
  const variable = (name: string) => worker().env!.find((one) => one.name === name);

  test('has the documented name, label, replicas, requests and limits', () => {
    expect(deployment.metadata).toMatchObject({ name: 'chater-gpt', labels: { app: 'chater-gpt' } });
    expect(deployment.spec).toMatchObject({
      replicas: 3,
      selector: { matchLabels: { app: 'chater-gpt' } },
      template: { metadata: { labels: { app: 'chater-gpt' } } },
    });
    expect(worker().resources).toEqual({
      requests: { memory: '256Mi', cpu: '250m' },
      limits: { memory: '512Mi', cpu: '500m' },
    });
    expect(variable('OPENAI_API_KEY')?.valueFrom).toEqual({
      secretKeyRef: { name: 'chater-gpt-secrets', key: 'OPENAI_API_KEY' },
    });
  });

  test('sets variables that are read, to values that are taken', () => {
    const known = new Set(describeConfigs(ALL_CONFIGS).map(({ name }) => name));
    const [development] = render({ isDev: true }) as [IDeployment];
    const names = development.spec!.template.spec!.containers[0]!.env!.map(({ name }) => name);
    expect(names.filter((name) => !known.has(name))).toEqual([]);
    expect(names).toEqual(expect.arrayContaining(['BOOTSTRAP_SERVER', 'REDIS_URL', 'SECRET_KEY', 'IS_DEV']));
    const env = Object.fromEntries(worker().env!.map(({ name, value }) => [name, value ?? 'from-a-secret']));
    expect(() => loadConfigs([ServerConfig, OpenaiConfig, CompletionsConfig], env)).not.toThrow();
  });

  test('leaves V8 room below the limit, and warns before the kernel acts', () => {
    const limit = mib(worker().resources!.limits!['memory']);
    const heap = Number(/--max-old-space-size=(\d+)/.exec(worker().args!.join(' '))![1]);
    const nursery = Number(/--max-semi-space-size=(\d+)/.exec(worker().args!.join(' '))![1]);
    // Two halves of the nursery and what is moved between them; code, stacks and buffers want 128 MiB.
    expect(heap + 3 * nursery + 128).toBeLessThanOrEqual(limit);
    expect(Number(variable('MEMORY_LIMIT_MB')!.value)).toBeLessThan(limit);
  });

  test('gives a stopping worker the time that it takes', () => {
    const grace = Number(variable('SHUTDOWN_GRACE_MS')!.value) / 1_000;
    expect(pod().terminationGracePeriodSeconds).toBeGreaterThanOrEqual(5 + grace + 30);
  });

  test('runs as nobody in particular, with nothing to write to', () => {
    const image = Number(/^USER (\d+)/m.exec(readFileSync('deploy/Dockerfile', 'utf8'))![1]);
    expect(pod()).toMatchObject({
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, runAsUser: image, seccompProfile: { type: 'RuntimeDefault' } },
    });
    expect(worker().securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
  });

  test('runs what the image has, and the image what the build makes', () => {
    const image = readFileSync('deploy/Dockerfile', 'utf8');
    const programs = [...image.matchAll(/dist\/(apps\/[a-z-]+\/src\/main)\.js/g)].map(
      ([, path]) => `${path}.ts`,
    );
    expect(programs.length).toBeGreaterThan(2);
    expect(programs.filter((path) => !existsSync(path))).toEqual([]);
    expect(image).toContain(`"${worker().args!.join('", "')}"`);
    const copied = [...image.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, from]) => from!.split(' '));
    expect(copied.filter((path) => !existsSync(path))).toEqual([]);
    expect(worker().envFrom).toEqual([{ secretRef: { name: 'chater-gpt-environment', optional: true } }]);
  });

  test("asks the worker's own health routes at the port that it gives it", () => {
    const { ports, livenessProbe, readinessProbe, startupProbe } = worker();
    expect(String(ports![0]!.containerPort)).toBe(variable('PORT')!.value);
    expect(livenessProbe!.httpGet).toEqual({ path: '/health/live', port: ports![0]!.name });
    expect(startupProbe!.httpGet).toEqual(livenessProbe!.httpGet);
    expect(readinessProbe!.httpGet).toEqual({ path: '/health/ready', port: ports![0]!.name });
  });

  test('is what Service and budget select, and its Secret is the example', () => {
    const service = yaml<IService>('service.yaml');
    expect(service.spec!.selector).toEqual({ app: 'chater-gpt' });
    expect(service.spec!.ports![0]!.targetPort).toBe(worker().ports![0]!.name);
    expect(yaml<{ spec: object }>('pod-disruption-budget.yaml').spec).toMatchObject({
      selector: { matchLabels: { app: 'chater-gpt' } },
    });
    const secret = yaml<ISecret>('secret.example.yaml');
    expect(secret.metadata!.name).toBe('chater-gpt-secrets');
    expect(() => loadConfigs([OpenaiConfig], secret.stringData!)).toThrow(/OPENAI_API_KEY: is required/);
  });
});

describe('the resource ChaterGpt', () => {
  test('takes the sample and fills in the defaults', () => {
    const minimal = stringify({
      apiVersion: 'chater.example.com/v1',
      kind: 'ChaterGpt',
      spec: { bootstrapServer: 'a:9092,b:9092' },
    });
    expect(readChaterGpt(minimal, 'minimal').spec).toMatchObject({
      replicas: 3,
      logLevel: 'info',
      isDev: false,
    });
    expect(readChaterGpt(sample(), 'sample').spec.namespace).toBe('chater');
  });

  test.each([
    [{ replicas: 0 }, /spec\.replicas must be >= 1/],
    [{ replicas: 2.5 }, /spec\.replicas must be integer/],
    [{ replicas: '3' }, /spec\.replicas must be integer/],
    [{ bootstrapServer: 'kafka' }, /spec\.bootstrapServer must match/],
    [{ bootstrapServer: undefined }, /spec must have required property 'bootstrapServer'/],
    [{ namespace: 'Not Good' }, /spec\.namespace must match/],
    [{ logLevel: 'loud' }, /spec\.logLevel must be equal/],
    [{ openAiApiKey: 'sk-x' }, /spec has an unknown member openAiApiKey/],
    [{ redisUrl: 'redis://:hunter2@redis:6379' }, /spec\.redisUrl must match/],
  ])('refuses %j', (change, fault) => {
    expect(() => readChaterGpt(sample(change), 'sample')).toThrow(fault);
    expect(() => readChaterGpt(sample(change), 'sample')).not.toThrow(/hunter2|sk-x/);
  });

  test.each([
    '',
    '- a',
    '}{',
    'kind: ChaterGpt',
    'apiVersion: chater.example.com/v2\nkind: ChaterGpt',
    'a: 1\n---\nb: 2',
  ])('refuses %j as no such resource', (other) =>
    expect(() => readChaterGpt(other, 'other.yaml')).toThrow(/^other\.yaml is n/),
  );

  test('becomes manifests that Kubernetes takes, with a Secret only for keys of its own', () => {
    expect(render().map(({ kind }) => kind)).toEqual(['Deployment']);
    const [secret, deployment] = render({ openAIAPIKey: 'sk-1', secretKey: 's', isDev: true, replicas: 5 });
    expect(() => new Secret(secret as ISecret).validate()).not.toThrow();
    expect(() => new Deployment(deployment as IDeployment).validate()).not.toThrow();
    expect(secret).toMatchObject({
      metadata: { name: 'chater-gpt-secrets', namespace: 'chater' },
      stringData: { OPENAI_API_KEY: 'sk-1', SECRET_KEY: 's' },
    });
    expect(deployment).toMatchObject({ metadata: { namespace: 'chater' }, spec: { replicas: 5 } });
    expect(JSON.stringify(deployment)).not.toContain('sk-1');
    const { env } = (deployment as IDeployment).spec!.template.spec!.containers[0]!;
    expect(env).toContainEqual({ name: 'IS_DEV', value: 'true' });
    expect((deployment as IDeployment).spec!.template.spec!.affinity).toHaveProperty('podAntiAffinity');
  });

  test('reads the address of Redis from the Secret when it names none', () => {
    const [deployment] = render({ redisUrl: undefined });
    expect(JSON.stringify(deployment)).toContain(
      '{"name":"REDIS_URL","valueFrom":{"secretKeyRef":{"name":"chater-gpt-secrets","key":"REDIS_URL"}}}',
    );
  });
});
