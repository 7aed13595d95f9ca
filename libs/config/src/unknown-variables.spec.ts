import { expect, test } from '@jest/globals';
import { ALL_CONFIGS } from './all-configs.js';
import { describeConfigs } from './describe-config.js';
import { unknownVariables } from './unknown-variables.js';

const told = (env: Record<string, string>) => unknownVariables(ALL_CONFIGS, env);

test.each([
  ['MONTHLY_BUDGET', 'MONTHLY_BUDGET_USD'],
  ['DAILY_TOKENS_LIMIT', 'DAILY_TOKEN_LIMIT'],
  ['MAX_TOKEN', 'MAX_TOKENS'],
  ['CACHE_TTL', 'CACHE_TTL_SECONDS'],
  ['CONVERSATION_TURN', 'CONVERSATION_TURNS'],
  ['BATCH_POLL', 'BATCH_POLL_SECONDS'],
  ['USER_BUDGET_USD', 'USER_DAILY_BUDGET_USD'],
  ['USER_BUDGET_USD', 'USER_MONTHLY_BUDGET_USD'],
  ['VCON_STRIKT', 'VCON_STRICT'],
  ['OPENAI_MODELL', 'OPENAI_MODEL'],
  ['PII_MOD', 'PII_MODE'],
  ['REDIS_PREFX', 'REDIS_PREFIX'],
  ['TEMPERATUR', 'TEMPERATURE'],
  ['LOG_LEVLE', 'LOG_LEVEL'],
  ['openai_model', 'OPENAI_MODEL'],
  ['OPENAI_API_KEYS_FILE', 'OPENAI_API_KEY'],
  // Only secrets are read from files.
  ['CACHE_TTL_SECONDS_FILE', 'CACHE_TTL_SECONDS'],
])('%s was likely meant to be %s', (name, meant) => {
  expect(told({ [name]: '1' })).toEqual([{ name, meant: expect.arrayContaining([meant]) }]);
});

test.each([
  'KAFKA_BROKERS',
  'REDIS_PASSWORD',
  'REDIS_PORT',
  'RABBITMQ_HOST',
  'JWT_EXPIRES_IN',
  'WS_SECRET',
  'WEBSOCKET_PORT',
  'AUDIT_SECRET',
  'SIGN_IN_LIMIT',
  'TENANT_BUDGET',
])('%s begins like a setting of ours', (name) => {
  expect(told({ [name]: '1' })).toMatchObject([{ name }]);
});

test('a letter too many is told of every setting, whichever it is', () => {
  for (const { name } of describeConfigs(ALL_CONFIGS).filter((one) => one.name.length > 5))
    expect(told({ [`${name}X`]: '1' })).toEqual([
      { name: `${name}X`, meant: expect.arrayContaining([name]) },
    ]);
});

test('what is read is not told, nor files of secrets', () => {
  const env = Object.fromEntries(describeConfigs(ALL_CONFIGS).map(({ name }) => [name, '1']));
  expect(told({ ...env, OPENAI_API_KEY_FILE: '/run/secrets/key' })).toEqual([]);
});

test('ordinary variables are not told', () => {
  const names = `
    HOME PATH PWD OLDPWD USER USERNAME LOGNAME HOSTNAME HOSTTYPE SHELL SHLVL TERM TZ LANG LC_ALL LANGUAGE EDITOR MAIL TMPDIR MODE _ CI DEBUG
    NODE_OPTIONS NODE_VERSION NODE_PATH NODE_EXTRA_CA_CERTS NODE_NAME YARN_VERSION npm_config_cache npm_config_user_agent npm_package_name
    npm_lifecycle_event INIT_CWD UV_THREADPOOL_SIZE MALLOC_ARENA_MAX MALLOC_MMAP_THRESHOLD_ HEALTH_PATH MAVEN_HOME MAVEN_OPTS MAVEN_CONFIG JAVA_HOME
    JAVA_OPTS HTTP_PROXY HTTPS_PROXY NO_PROXY http_proxy no_proxy XDG_CACHE_HOME XDG_RUNTIME_DIR XDG_CONFIG_HOME CACHE_HOME CACHE_DIR SSL_CERT_FILE
    SSL_CERT_DIR REQUESTS_CA_BUNDLE USER_ID USER_AGENT MAX_JOBS BATCH_TASK_INDEX STORAGE_EMULATOR_HOST RUN_ID SECRET_NAME MODEL_PATH HOST_IP PORT_HTTP
    LOG_DIR QUEUE_URL EVENT_NAME OTEL_SERVICE_NAME OTEL_TRACES_SAMPLER OTEL_EXPORTER_OTLP_HEADERS OTEL_EXPORTER_OTLP_PROTOCOL
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT OTEL_RESOURCE_ATTRIBUTES AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_REGION POD_NAME POD_IP
    KUBERNETES_SERVICE_HOST KUBERNETES_SERVICE_PORT KUBERNETES_SERVICE_PORT_HTTPS KUBERNETES_PORT KUBERNETES_PORT_443_TCP KUBERNETES_PORT_443_TCP_ADDR
    REDIS_SERVICE_HOST REDIS_SERVICE_PORT REDIS_SERVICE_PORT_REDIS REDIS_PORT REDIS_PORT_6379_TCP REDIS_PORT_6379_TCP_PROTO REDIS_PORT_6379_TCP_ADDR
    RABBITMQ_SERVICE_HOST RABBITMQ_SERVICE_PORT_AMQP RABBITMQ_PORT RABBITMQ_PORT_5672_TCP_PORT KAFKA_SERVICE_HOST KAFKA_PORT KAFKA_PORT_9092_TCP
    GPT_WORKER_SERVICE_HOST GPT_WORKER_SERVICE_PORT GPT_WORKER_PORT ASSISTANT_STREAM_SERVICE_HOST ASSISTANT_STREAM_SERVICE_PORT_HTTP
    ASSISTANT_STREAM_PORT ASSISTANT_STREAM_PORT_8080_TCP`;
  const env = Object.fromEntries(
    names
      .trim()
      .split(/\s+/)
      .map((name) => [name, '1']),
  );
  expect(told(env)).toEqual([]);
});
