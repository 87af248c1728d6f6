import type { z } from 'zod'
import {
  DESTINATION_CONFIGS,
  DESTINATION_SECRETS,
  type DestinationType,
} from '../../../../src/contract/management/destination-types.ts'

/* The fields of each type's `config`, as the contract says them. */

export interface ConfigField {
  name: string
  title: string
  isRequired: boolean
  isSecret: boolean
  /** What is taken where nothing is said; empty for nothing. */
  fallback: string
  /** The only values, where there are some only. */
  options: readonly string[]
}

export const TYPE_TITLES: Readonly<Record<DestinationType, string>> = {
  arize: 'Arize',
  braintrust: 'Braintrust',
  clickhouse: 'ClickHouse',
  datadog: 'Datadog',
  grafana: 'Grafana',
  langfuse: 'Langfuse',
  langsmith: 'LangSmith',
  newrelic: 'New Relic',
  opik: 'Opik',
  'otel-collector': 'OpenTelemetry collector',
  posthog: 'PostHog',
  ramp: 'Ramp',
  s3: 'S3',
  sentry: 'Sentry',
  snowflake: 'Snowflake',
  weave: 'Weave',
  webhook: 'Webhook',
}

/** Without `headers`, which every type has. */
export function configFields(type: DestinationType): ConfigField[] {
  const shape: Readonly<Record<string, z.ZodType>> = DESTINATION_CONFIGS[type].shape
  return Object.entries(shape)
    .filter(([name]) => name !== 'headers')
    .map(([name, schema]) => {
      const left = schema.safeParse(undefined)
      const inner = innermost(schema)
      return {
        name,
        title: titleOf(name),
        isRequired: !left.success,
        isSecret: DESTINATION_SECRETS.has(name),
        fallback: left.success && typeof left.data === 'string' ? left.data : '',
        options: 'options' in inner && Array.isArray(inner.options) ? inner.options.map(String) : [],
      }
    })
}

function innermost(schema: z.ZodType): z.ZodType {
  return 'unwrap' in schema && typeof schema.unwrap === 'function' ? innermost(schema.unwrap() as z.ZodType) : schema
}

/** `secretAccessKey`: Secret access key. */
function titleOf(name: string): string {
  const words = name.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase()
  const text = words.replace(/\b(url|api|dsn|id|otlp)\b/g, (word) => word.toUpperCase())
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}
