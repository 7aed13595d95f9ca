// ChaterGpt → the Deployment, and the Secret where the resource holds keys. Pure; deploy/kubernetes/deployment.yaml is what
// comes out for the sample.
import type { IDeployment } from 'kubernetes-models/apps/v1/Deployment';
import type { IContainer } from 'kubernetes-models/v1/Container';
import type { IEnvVar } from 'kubernetes-models/v1/EnvVar';
import type { ISecret } from 'kubernetes-models/v1/Secret';
import type { ChaterGpt, ChaterGptSpec } from './read-resource.js';

export const NAME = 'chater-gpt';
export const SECRET = 'chater-gpt-secrets';
/** Its keys become variables, where it exists. */
const MORE = 'chater-gpt-environment';
const PORT = 3001;
const USER = 10_001;

/** Of 512 MiB, what V8 may fill; the rest is for its nursery, code, sockets and requests of 10 MB, which lie outside. */
const HEAP_MB = 256;
const NURSERY_MB = 24;
const GRACE_MS = 10_000;
/** Longer than the worker's own last limit: 5 s of draining, its grace, 30 s for the rest. */
const TERMINATION_SECONDS = 50;

/** In the order in which they are to be applied. */
export function toManifests({ metadata, spec }: ChaterGpt): (ISecret | IDeployment)[] {
  const namespace = spec.namespace ?? metadata.namespace;
  const meta = (name: string) => ({
    name,
    ...(namespace !== undefined && { namespace }),
    labels: { app: NAME },
  });
  const keys = {
    ...(spec.openAIAPIKey !== undefined && { OPENAI_API_KEY: spec.openAIAPIKey }),
    ...(spec.secretKey !== undefined && { SECRET_KEY: spec.secretKey }),
  };
  const secret: ISecret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: meta(SECRET),
    type: 'Opaque',
    stringData: keys,
  };
  const deployment: IDeployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: meta(NAME),
    spec: {
      replicas: spec.replicas,
      selector: { matchLabels: { app: NAME } },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      template: {
        metadata: { labels: { app: NAME } },
        spec: {
          terminationGracePeriodSeconds: TERMINATION_SECONDS,
          automountServiceAccountToken: false,
          // Services become variables such as REDIS_PORT, which look like settings.
          enableServiceLinks: false,
          securityContext: {
            runAsNonRoot: true,
            runAsUser: USER,
            runAsGroup: USER,
            seccompProfile: { type: 'RuntimeDefault' },
          },
          ...(spec.affinity && { affinity: spec.affinity }),
          containers: [container(spec)],
        },
      },
    },
  };
  return Object.keys(keys).length > 0 ? [secret, deployment] : [deployment];
}

function container(spec: ChaterGptSpec): IContainer {
  return {
    name: NAME,
    image: spec.image,
    imagePullPolicy: 'IfNotPresent',
    // Flags of node go first: the image's entry point is node.
    args: [
      `--max-old-space-size=${HEAP_MB}`,
      `--max-semi-space-size=${NURSERY_MB}`,
      'dist/apps/gpt-worker/src/main.js',
    ],
    ports: [{ name: 'http', containerPort: PORT }],
    env: environment(spec),
    // Logins and certificates for Kafka, and whatever else is not for everybody's eyes.
    envFrom: [{ secretRef: { name: MORE, optional: true } }],
    resources: { requests: { memory: '256Mi', cpu: '250m' }, limits: { memory: '512Mi', cpu: '500m' } },
    startupProbe: { httpGet: { path: '/health/live', port: 'http' }, periodSeconds: 2, failureThreshold: 30 },
    livenessProbe: {
      httpGet: { path: '/health/live', port: 'http' },
      periodSeconds: 10,
      timeoutSeconds: 3,
      failureThreshold: 3,
    },
    readinessProbe: {
      httpGet: { path: '/health/ready', port: 'http' },
      periodSeconds: 5,
      timeoutSeconds: 3,
      failureThreshold: 2,
    },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
  };
}

function environment(spec: ChaterGptSpec): IEnvVar[] {
  const value = (name: string, text: string): IEnvVar => ({ name, value: text });
  const secret = (name: string): IEnvVar => ({
    name,
    valueFrom: { secretKeyRef: { name: SECRET, key: name } },
  });
  return [
    value('NODE_ENV', 'production'),
    value('PORT', String(PORT)),
    value('LOG_LEVEL', spec.logLevel),
    value('SHUTDOWN_GRACE_MS', String(GRACE_MS)),
    // Half a core and half a gibibyte: fewer runs at a time than a process with a machine of its own.
    value('WORKER_CONCURRENCY', '64'),
    value('MEMORY_LIMIT_MB', '460'),
    // In Redis, of all workers together; how much of it one has in hand follows from its heap (WORKER_BYTES).
    value('HIGH_WATER_BYTES', String(128 * 1024 * 1024)),
    value('BOOTSTRAP_SERVER', spec.bootstrapServer),
    spec.redisUrl === undefined ? secret('REDIS_URL') : value('REDIS_URL', spec.redisUrl),
    value('MODEL', spec.model),
    value('VISION_MODEL', spec.visionModel),
    ...(spec.isDev ? [value('IS_DEV', 'true')] : []),
    secret('OPENAI_API_KEY'),
    // By it answers are signed; production wants one.
    secret('SECRET_KEY'),
  ];
}
