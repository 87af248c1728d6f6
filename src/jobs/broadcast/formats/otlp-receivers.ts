import { otlpFault } from '../../../observe/otlp.ts'
import { sha256 } from '../../../platform/aws-signature.ts'
import { SIGNATURE_HEADER, signatureOf } from '../../send-signed.ts'
import { headersIn, joinUrl, type Sending, type TraceFormat, type TraceRequest, textIn } from './format.ts'
import { type OtlpNames, otlpBody } from './otlp.ts'

/*
 * Receivers of OTLP over HTTP in JSON, by where they are and how they know who sends. Sources: the documentation of each vendor on
 * sending OpenTelemetry traces.
 */

const PATH = '/v1/traces'
/** Lets receivers tell a test from traces. */
const TEST_HEADER = { 'x-test-connection': 'true' }

interface OtlpReceiver {
  url: (config: Sending['config']) => string
  method?: (config: Sending['config']) => 'POST' | 'PUT'
  headers: (config: Sending['config']) => Readonly<Record<string, string>>
  names?: OtlpNames
  resource?: (config: Sending['config']) => Readonly<Record<string, string>>
  /** Headers that are about the body. */
  sign?: (body: string, sending: Sending) => Readonly<Record<string, string>>
}

const NAMED_AS_PROMPT = { input: 'gen_ai.prompt', output: 'gen_ai.completion' }

const RECEIVERS = {
  'otel-collector': { url: (config) => withPath(textIn(config, 'endpoint')), headers: () => ({}) },
  arize: {
    url: (config) => joinUrl(textIn(config, 'baseUrl'), PATH),
    headers: (config) => ({ api_key: textIn(config, 'apiKey'), space_id: textIn(config, 'spaceKey') }),
    names: { input: 'input.value', output: 'output.value' },
    resource: (config) => ({
      model_id: textIn(config, 'modelId'),
      'openinference.project.name': textIn(config, 'modelId'),
    }),
  },
  braintrust: {
    url: (config) => joinUrl(textIn(config, 'baseUrl'), `/otel${PATH}`),
    headers: (config) => ({ ...bearer(config, 'apiKey'), 'x-bt-parent': `project_id:${textIn(config, 'projectId')}` }),
    names: NAMED_AS_PROMPT,
  },
  grafana: {
    url: (config) => joinUrl(textIn(config, 'baseUrl'), `/otlp${PATH}`),
    headers: (config) => basic(textIn(config, 'instanceId'), textIn(config, 'apiKey')),
  },
  langfuse: {
    url: (config) => joinUrl(textIn(config, 'baseUrl'), `/api/public/otel${PATH}`),
    headers: (config) => basic(textIn(config, 'publicKey'), textIn(config, 'secretKey')),
    names: {
      input: 'langfuse.observation.input',
      output: 'langfuse.observation.output',
      sessionId: 'langfuse.session.id',
      userId: 'langfuse.user.id',
      traceName: 'langfuse.trace.name',
      metadata: 'langfuse.trace.metadata.',
    },
  },
  langsmith: {
    url: (config) => joinUrl(textIn(config, 'endpoint'), `/otel${PATH}`),
    headers: (config) => ({
      'x-api-key': textIn(config, 'apiKey'),
      'langsmith-project': textIn(config, 'project'),
      ...(textIn(config, 'workspaceId') === '' ? {} : { 'x-tenant-id': textIn(config, 'workspaceId') }),
    }),
    names: {
      ...NAMED_AS_PROMPT,
      sessionId: 'langsmith.metadata.session_id',
      userId: 'langsmith.metadata.user_id',
      traceName: 'langsmith.metadata.trace_name',
      metadata: 'langsmith.metadata.',
    },
  },
  newrelic: {
    url: (config) => `https://otlp${config['region'] === 'eu' ? '.eu01' : ''}.nr-data.net${PATH}`,
    headers: (config) => ({ 'api-key': textIn(config, 'licenseKey') }),
  },
  opik: {
    url: () => `https://www.comet.com/opik/api/v1/private/otel${PATH}`,
    headers: (config) => ({
      authorization: textIn(config, 'apiKey'),
      'comet-workspace': textIn(config, 'workspace'),
      projectname: textIn(config, 'projectName'),
    }),
    names: NAMED_AS_PROMPT,
  },
  ramp: { url: (config) => textIn(config, 'baseUrl'), headers: (config) => bearer(config, 'apiKey') },
  sentry: {
    url: (config) => withPath(textIn(config, 'otlpEndpoint')),
    headers: (config) => ({ 'x-sentry-auth': `sentry sentry_key=${new URL(textIn(config, 'dsn')).username}` }),
  },
  weave: {
    url: (config) => joinUrl(textIn(config, 'baseUrl'), `/otel${PATH}`),
    headers: (config) => ({
      ...basic('api', textIn(config, 'apiKey')),
      project_id: `${textIn(config, 'entity')}/${textIn(config, 'project')}`,
    }),
    names: { input: 'input.value', output: 'output.value' },
    resource: (config) => ({ 'wandb.entity': textIn(config, 'entity'), 'wandb.project': textIn(config, 'project') }),
  },
  webhook: {
    url: (config) => textIn(config, 'url'),
    method: (config) => (config['method'] === 'PUT' ? 'PUT' : 'POST'),
    headers: () => ({}),
    sign: signWebhook,
  },
} as const satisfies Record<string, OtlpReceiver>

export type OtlpType = keyof typeof RECEIVERS

export const OTLP_FORMATS = Object.fromEntries(
  Object.entries(RECEIVERS).map(([type, receiver]) => [type, otlpFormat(receiver)]),
) as Record<OtlpType, TraceFormat>

function otlpFormat(receiver: OtlpReceiver): TraceFormat {
  const { names = {}, resource = () => ({}) } = receiver
  return {
    encode: (traces, sending) => {
      const body = otlpBody(traces, names, resource(sending.config))
      return [{ ids: traces.map(({ id }) => id), request: requestTo(receiver, sending, body) }]
    },
    probe: (sending) => {
      const request = requestTo(receiver, sending, otlpBody([]))
      return { ...request, headers: { ...request.headers, ...TEST_HEADER } }
    },
    // An empty request may be too little for a receiver that has let us in.
    isProbeGood: (status) => status === 400,
    faultIn: otlpFault,
  }
}

function requestTo({ headers, method, sign, url }: OtlpReceiver, sending: Sending, body: string): TraceRequest {
  const { config } = sending
  return {
    method: method?.(config) ?? 'POST',
    url: url(config),
    headers: { ...headersIn(config), ...headers(config), ...sign?.(body, sending), 'content-type': 'application/json' },
    body,
  }
}

/** As alerts are (`send-signed.ts`); the same traces have the same key at each attempt. */
function signWebhook(body: string, { config, now }: Sending): Record<string, string> {
  const secret = textIn(config, 'signingSecret')
  return {
    'idempotency-key': sha256(body),
    ...(secret === '' ? {} : { [SIGNATURE_HEADER]: signatureOf(body, secret, now) }),
  }
}

/** Collectors are often named by their host alone. */
function withPath(endpoint: string): string {
  return new URL(endpoint).pathname === '/' ? joinUrl(endpoint, PATH) : endpoint
}

function bearer(config: Sending['config'], name: string): Record<string, string> {
  return { authorization: `Bearer ${textIn(config, name)}` }
}

function basic(user: string, password: string): Record<string, string> {
  return { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` }
}
