import { z } from 'zod'

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const

const SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const
const PATH = 'v1/traces'
/** A token of HTTP, and what may stand in the value of a header. */
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
const HEADER_VALUE = /^[\t\x20-\x7e]*$/

const ReceiverUrl = z
  .url({ protocol: /^https?$/, error: 'must be an http(s) URL' })
  .refine((text) => isWithoutUser(text), 'must not have a user or password; use OTEL_EXPORTER_OTLP_HEADERS')

/** `name=value,name=value`, values percent-encoded, as the specification of OpenTelemetry has lists in the environment. */
const Pairs = z.string().max(16_384).transform(readPairs)

/** What the operator sees of the process. Those of OpenTelemetry are named and read as its specification has them. */
export const TELEMETRY_SETTINGS = {
  SWITCHYARD_METRICS_TOKEN: z
    .string()
    .min(16, 'must have at least 16 characters')
    .max(255)
    .optional()
    .describe('Token for /metrics, which without it does not exist'),
  OTEL_EXPORTER_OTLP_ENDPOINT: ReceiverUrl.optional().describe(
    'OpenTelemetry collector that gets a trace of each inference, at `/v1/traces`',
  ),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: ReceiverUrl.optional().describe('The same, as the whole URL'),
  OTEL_EXPORTER_OTLP_HEADERS: Pairs.refine(
    (pairs) => Object.entries(pairs).every(([name, value]) => HEADER_NAME.test(name) && HEADER_VALUE.test(value)),
    'has a name or a value that no header can have',
  )
    .default({})
    .describe('Headers that the collector wants, `name=value` with commas between'),
  OTEL_SERVICE_NAME: z.string().max(255).optional().describe('Name of this service in traces, `switchyard` by default'),
  OTEL_RESOURCE_ATTRIBUTES: Pairs.default({}).describe(
    'What traces say of this process, `name=value` with commas between',
  ),
  OTEL_TRACES_SAMPLER: z.enum(SAMPLERS).default('parentbased_always_on').describe('Which inferences are traced'),
  OTEL_TRACES_SAMPLER_ARG: z.coerce
    .number()
    .min(0)
    .max(1)
    .default(1)
    .describe('Part of them that a sampler by ratio takes, from 0 to 1'),
  SWITCHYARD_BOOT_ID: z.string().min(1).max(64).optional().describe('Stands for the boot id of the machine'),
  LOG_LEVEL: z.enum(LOG_LEVELS).default('info').describe('Least severe log line printed'),
}

type TelemetrySettings = z.output<z.ZodObject<typeof TELEMETRY_SETTINGS>>

export interface TracingConfig {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly resource: Readonly<Record<string, string>>
  readonly sampler: (typeof SAMPLERS)[number]
  readonly ratio: number
}

export interface TelemetryConfig {
  readonly metricsToken: string | null
  /** Null where nothing is traced for the operator. */
  readonly tracing: TracingConfig | null
  readonly bootId: string | null
  readonly logLevel: (typeof LOG_LEVELS)[number]
}

export function toTelemetryConfig(settings: TelemetrySettings): TelemetryConfig {
  return {
    metricsToken: settings.SWITCHYARD_METRICS_TOKEN ?? null,
    tracing: tracingOf(settings),
    bootId: settings.SWITCHYARD_BOOT_ID ?? null,
    logLevel: settings.LOG_LEVEL,
  }
}

/** As it may be printed. */
export function redactedTelemetry({ metricsToken, tracing }: TelemetryConfig): Record<string, unknown> {
  const names = Object.keys(tracing?.headers ?? {})
  return {
    metricsToken: metricsToken === null ? null : '[redacted]',
    tracing: tracing && {
      ...tracing,
      url: new URL(tracing.url).origin,
      headers: Object.fromEntries(names.map((name) => [name, '[redacted]'])),
    },
  }
}

function tracingOf(settings: TelemetrySettings): TracingConfig | null {
  const url = settings.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? belowEndpoint(settings.OTEL_EXPORTER_OTLP_ENDPOINT)
  if (url === undefined || settings.OTEL_TRACES_SAMPLER === 'always_off') return null
  const named = settings.OTEL_RESOURCE_ATTRIBUTES
  const name = settings.OTEL_SERVICE_NAME ?? named['service.name'] ?? 'switchyard'
  return Object.freeze({
    url,
    headers: Object.freeze(settings.OTEL_EXPORTER_OTLP_HEADERS),
    resource: Object.freeze({ ...named, 'service.name': name }),
    sampler: settings.OTEL_TRACES_SAMPLER,
    ratio: settings.OTEL_TRACES_SAMPLER_ARG,
  })
}

function belowEndpoint(endpoint: string | undefined): string | undefined {
  if (endpoint === undefined) return undefined
  const url = new URL(endpoint)
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/${PATH}`
  return url.href
}

function isWithoutUser(text: string): boolean {
  const { password, username } = URL.parse(text) ?? { password: '', username: '' }
  return username === '' && password === ''
}

function readPairs(text: string, context: z.RefinementCtx): Record<string, string> {
  const pairs: [string, string][] = []
  for (const part of text.split(',').filter((piece) => piece.trim() !== '')) {
    const [, name = '', value = ''] = /^\s*([^=\s]+)\s*=\s*(.*?)\s*$/.exec(part) ?? []
    const decoded = decode(value)
    if (name === '' || decoded === undefined) {
      context.addIssue({ code: 'custom', message: 'must be name=value with commas between, values percent-encoded' })
      return z.NEVER
    }
    pairs.push([name, decoded])
  }
  return Object.fromEntries(pairs)
}

function decode(value: string): string | undefined {
  try {
    return decodeURIComponent(value)
  } catch {
    return undefined
  }
}
