import { z } from 'zod'

/*
 * Where traces can be sent, each with the fields of its `config`. Names are those of the wire. `SECRETS` are stored sealed and
 * answered masked, as is each value of `headers`.
 */

const Text = z.string().min(1).max(500)
const Secret = z.string().min(1).max(4_000)
const Url = z.url({ protocol: /^https?$/, error: 'must be an http(s) URL' }).max(2_000)
const HeaderName = z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/, 'must be the name of an HTTP header')
const HeaderValue = z
  .string()
  .max(4_000)
  .regex(/^[\t\x20-\x7e\x80-\xff]*$/, 'must be the value of an HTTP header')
const headers = z
  .record(HeaderName, HeaderValue)
  .refine((given) => Object.keys(given).length <= 50, 'at most 50 headers')
  .optional()

export const DESTINATION_CONFIGS = {
  arize: z.strictObject({
    apiKey: Secret,
    spaceKey: Text,
    modelId: Text,
    baseUrl: Url.default('https://otlp.arize.com'),
    headers,
  }),
  braintrust: z.strictObject({
    apiKey: Secret,
    projectId: Text,
    baseUrl: Url.default('https://api.braintrust.dev'),
    headers,
  }),
  clickhouse: z.strictObject({
    host: Text,
    database: Text,
    username: Text,
    password: Secret,
    table: Text.default('OPENROUTER_TRACES'),
    headers,
  }),
  datadog: z.strictObject({
    apiKey: Secret,
    mlApp: Text,
    url: Url.default('https://api.us5.datadoghq.com'),
    headers,
  }),
  grafana: z.strictObject({
    apiKey: Secret,
    instanceId: Text,
    baseUrl: Url.default('https://otlp-gateway-prod-us-west-0.grafana.net'),
    headers,
  }),
  langfuse: z.strictObject({
    publicKey: Text,
    secretKey: Secret,
    baseUrl: Url.default('https://us.cloud.langfuse.com'),
    headers,
  }),
  langsmith: z.strictObject({
    apiKey: Secret,
    endpoint: Url.default('https://api.smith.langchain.com'),
    project: Text.default('main'),
    workspaceId: Text.optional(),
    headers,
  }),
  newrelic: z.strictObject({ licenseKey: Secret, region: z.enum(['us', 'eu']).default('us'), headers }),
  opik: z.strictObject({ apiKey: Secret, workspace: Text, projectName: Text, headers }),
  'otel-collector': z.strictObject({ endpoint: Url, headers }),
  posthog: z.strictObject({ apiKey: Secret, endpoint: Url.default('https://us.i.posthog.com'), headers }),
  ramp: z.strictObject({
    apiKey: Secret,
    baseUrl: Url.default('https://api.ramp.com/developer/v1/ai-usage/openrouter'),
    headers,
  }),
  s3: z.strictObject({
    accessKeyId: Text,
    secretAccessKey: Secret,
    bucketName: Text,
    region: Text.optional(),
    endpoint: Url.optional(),
    sessionToken: Secret.optional(),
    prefix: z.string().max(500).default('openrouter-traces'),
    pathTemplate: z.string().max(500).default('{prefix}/{date}'),
    headers,
  }),
  sentry: z.strictObject({
    dsn: Text.regex(
      /^https:\/\/([^:@]+)(?::[^@]*)?@([^/]+)(?:\/[^/]+)*\/(\d+)\/?$/,
      'must be a Sentry DSN: https://<key>@<host>/<project>',
    ),
    otlpEndpoint: Url,
    headers,
  }),
  snowflake: z.strictObject({
    account: z
      .string()
      .min(1)
      .max(255)
      .regex(/^[a-zA-Z0-9_]+(?:[.-][a-zA-Z0-9_]+)*$/, 'must be a Snowflake account identifier'),
    token: Secret,
    database: Text.default('SNOWFLAKE_LEARNING_DB'),
    schema: Text.default('PUBLIC'),
    table: Text.default('OPENROUTER_TRACES'),
    warehouse: Text.default('COMPUTE_WH'),
    headers,
  }),
  weave: z.strictObject({
    apiKey: Secret,
    entity: Text,
    project: Text,
    baseUrl: Url.default('https://trace.wandb.ai'),
    headers,
  }),
  webhook: z.strictObject({
    url: Url,
    method: z.enum(['POST', 'PUT']).default('POST'),
    /** What is sent is signed with it. */
    signingSecret: Secret.optional(),
    headers,
  }),
} as const

export type DestinationType = keyof typeof DESTINATION_CONFIGS
export const DESTINATION_TYPES = Object.keys(DESTINATION_CONFIGS) as [DestinationType, ...DestinationType[]]

export const DESTINATION_SECRETS: ReadonlySet<string> = new Set([
  'apiKey',
  'password',
  'secretKey',
  'licenseKey',
  'secretAccessKey',
  'signingSecret',
  'sessionToken',
  'token',
])
