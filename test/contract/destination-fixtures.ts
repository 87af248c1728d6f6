import { DESTINATION_OPERATIONS, type DestinationWire } from '../../src/contract/management/destinations.ts'
import type { RequestOf } from '../../src/contract/operation.ts'
import { call } from './request.ts'

export const DESTINATIONS = '/api/v1/observability/destinations'
export const {
  createObservabilityDestination,
  deleteObservabilityDestination,
  getObservabilityDestination,
  listObservabilityDestinations,
  updateObservabilityDestination,
} = DESTINATION_OPERATIONS

/** The least that each type takes. Secrets are long enough to be shown in part. */
export const CONFIGS = {
  arize: { apiKey: 'arize-secret-0001', spaceKey: 'space', modelId: 'model' },
  braintrust: { apiKey: 'brain-secret-0001', projectId: 'project' },
  clickhouse: { host: 'click.example', database: 'db', username: 'me', password: 'click-secret-0001' },
  datadog: { apiKey: 'datad-secret-0001', mlApp: 'app' },
  grafana: { apiKey: 'grafa-secret-0001', instanceId: '12345' },
  langfuse: { publicKey: 'pk-lf-1', secretKey: 'langf-secret-0001' },
  langsmith: { apiKey: 'langs-secret-0001' },
  newrelic: { licenseKey: 'newre-secret-0001' },
  opik: { apiKey: 'opik--secret-0001', workspace: 'ws', projectName: 'project' },
  'otel-collector': { endpoint: 'https://otel.example/v1/traces' },
  posthog: { apiKey: 'posth-secret-0001' },
  ramp: { apiKey: 'ramp--secret-0001' },
  s3: { accessKeyId: 'AKIA1', secretAccessKey: 's3sec-secret-0001', bucketName: 'bucket' },
  sentry: { dsn: 'https://abc@o1.ingest.sentry.io/42', otlpEndpoint: 'https://o1.ingest.sentry.io/otlp' },
  snowflake: { account: 'org-acc', token: 'snowf-secret-0001' },
  weave: { apiKey: 'weave-secret-0001', entity: 'team', project: 'project' },
  webhook: { url: 'https://hook.example/in' },
} as const

export async function newDestination(
  fields: Partial<RequestOf<typeof createObservabilityDestination>> = {},
): Promise<DestinationWire> {
  const { data } = await call(createObservabilityDestination, {
    type: 'webhook',
    name: 'hook',
    config: CONFIGS.webhook,
    ...fields,
  })
  return data
}
