import type { DestinationType } from '../../../contract/management/destination-types.ts'
import { CLICKHOUSE_FORMAT } from './clickhouse.ts'
import { DATADOG_FORMAT } from './datadog.ts'
import type { TraceFormat } from './format.ts'
import { OTLP_FORMATS } from './otlp-receivers.ts'
import { POSTHOG_FORMAT } from './posthog.ts'
import { S3_FORMAT } from './s3.ts'
import { SNOWFLAKE_FORMAT } from './snowflake.ts'

export const FORMATS: Readonly<Record<DestinationType, TraceFormat>> = {
  ...OTLP_FORMATS,
  clickhouse: CLICKHOUSE_FORMAT,
  datadog: DATADOG_FORMAT,
  posthog: POSTHOG_FORMAT,
  s3: S3_FORMAT,
  snowflake: SNOWFLAKE_FORMAT,
}
