import { type Logger, pino } from 'pino'
import type { Observation, Observe } from './observation.ts'

const LEVELS: Partial<Record<Observation['type'], 'debug' | 'warn' | 'error'>> = {
  inference_finished: 'debug',
  inference_refused: 'debug',
  snapshot_taken: 'debug',
  configuration_warning: 'warn',
  refusals_dropped: 'warn',
  contents_dropped: 'warn',
  rules_dropped: 'warn',
  traces_not_sent: 'warn',
  traces_dropped: 'warn',
  idempotency_not_stored: 'warn',
  filters_timed_out: 'warn',
  rates_not_shared: 'warn',
  retention_failed: 'warn',
  invoicing_failed: 'error',
  health_exchange_failed: 'warn',
  provider_exceeded_hold: 'warn',
  store_degraded: 'warn',
  journal_failed: 'error',
  leases_failed: 'warn',
  leases_suspended: 'error',
  flush_failed: 'error',
  outbox_failed: 'error',
  delivery_failed: 'warn',
  rotation_failed: 'error',
  alerts_failed: 'error',
  broadcast_failed: 'error',
  destination_failed: 'warn',
  snapshot_failed: 'error',
  audit_head_failed: 'error',
  change_feed_failed: 'warn',
  catalogue_rejected: 'error',
  catalogue_refresh_failed: 'error',
  certificate_rejected: 'error',
  custom_provider_left_out: 'error',
  byok_key_left_out: 'error',
  provider_name_taken: 'warn',
  dashboard_failed: 'error',
  request_failed: 'error',
}

/** Writes each observation as one JSON line to standard output, at the level its kind deserves. */
export function createLogSink(level: string): Observe {
  const logger: Logger = pino({ level, base: null, formatters: { level: (label) => ({ level: label }) } })
  return (observation) => {
    const severity = LEVELS[observation.type] ?? 'info'
    if (!logger.isLevelEnabled(severity)) return
    const { type, ...facts } = observation
    logger[severity](withText(facts), type)
  }
}

function withText(facts: Record<string, unknown>): Record<string, unknown> {
  const plain: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(facts)) {
    if (typeof value === 'bigint') plain[name] = value.toString()
    else if (value instanceof Error) plain[name] = value.stack ?? value.message
    else plain[name] = value
  }
  return plain
}
