/** A fact worth telling. The code states facts; sinks decide what becomes a log line or a metric. Never holds a secret,
 *  a prompt or an answer. */
export type Observation =
  | { type: 'started'; url: string; store: string; node: string }
  | { type: 'set_up_needed'; url: string }
  | { type: 'configuration'; settings: Readonly<Record<string, unknown>> }
  | { type: 'configuration_warning'; message: string }
  /** `migrated`: which migrations this start applied. */
  | { type: 'store_opened'; mode: string; recovered: string; migrated: readonly string[]; tookMs: number }
  | { type: 'store_degraded'; message: string }
  | { type: 'secret_rotated'; rewrappedKeys: number }
  | { type: 'journal_replayed'; posted: number; padded: number; skippedLines: number }
  | { type: 'journal_failed'; message: string }
  | { type: 'leases_failed'; message: string }
  /** Leases whose holder was not heard of for long: what they have left counts as spent. */
  | { type: 'leases_suspended'; count: number }
  | { type: 'journal_recovered' }
  | { type: 'flush_failed'; message: string; pending: number; attempt: number }
  | { type: 'outbox_failed'; message: string }
  | {
      type: 'delivery_failed'
      kind: string
      id: string
      message: string
      attempts: number
      isGivenUp: boolean
    }
  | { type: 'broadcast_failed'; message: string }
  /** `attempts`: failed in a row. `dead`: given up. */
  | { type: 'destination_failed'; id: string; kind: string; message: string; attempts: number; dead: number }
  | { type: 'alerts_raised'; count: number }
  | { type: 'alerts_failed'; message: string }
  | { type: 'rotation_failed'; keyHash: string; message: string }
  | { type: 'snapshot_taken'; tookMs: number; bytes: number }
  | { type: 'snapshot_failed'; message: string }
  | { type: 'audit_head_failed'; message: string }
  | { type: 'change_feed_failed'; message: string }
  | { type: 'catalogue_loaded'; models: number; providers: number; priceVersion: string }
  | { type: 'catalogue_rejected'; problems: readonly string[] }
  | { type: 'catalogue_refreshed'; host: string }
  | { type: 'certificate_loaded'; names: string; expiresAt: string }
  | { type: 'certificate_rejected'; problems: readonly string[] }
  | { type: 'catalogue_refresh_failed'; problems: readonly string[] }
  | { type: 'custom_provider_left_out'; id: string; message: string }
  | { type: 'byok_key_left_out'; id: string; message: string }
  | { type: 'provider_name_taken'; organizationId: string; own: string; shared: string; message: string }
  | { type: 'rates_not_shared'; message: string; replicas: number }
  | { type: 'rates_shared_again'; awayMs: number }
  | { type: 'rates_divided'; replicas: number }
  | {
      type: 'inference_finished'
      generationId: string
      model: string
      provider: string
      outcome: string
      costNano: bigint
    }
  | { type: 'inference_refused'; requestId: string; status: number; code: string; message: string }
  | { type: 'rules_dropped'; count: number; message: string }
  | { type: 'refusals_dropped'; count: number; message: string }
  | { type: 'idempotency_not_stored'; generationId: string; message: string }
  | { type: 'contents_dropped'; count: number; message: string }
  /** The first of failures in a row to send them to the operator's collector. */
  | { type: 'traces_not_sent'; message: string }
  | { type: 'traces_dropped'; count: number; message: string }
  | { type: 'filters_timed_out'; reason: 'time' | 'crash' | 'full' }
  | { type: 'retention_swept'; what: string; count: number }
  | { type: 'retention_failed'; what: string; message: string }
  | { type: 'invoice_issued'; organizationId: string; number: number; period: string }
  | { type: 'invoicing_failed'; message: string }
  | { type: 'health_exchange_failed'; message: string }
  | { type: 'provider_exceeded_hold'; generationId: string; provider: string; unchargedNano: bigint }
  | { type: 'request_failed'; requestId: string; error: unknown }
  | { type: 'dashboard_built'; part: 'dashboard' | 'docs'; tookMs: number }
  | { type: 'dashboard_failed'; part: 'dashboard' | 'docs'; message: string }
  | { type: 'stopping'; signal: string }
  | { type: 'stopped' }

export type Observe = (observation: Observation) => void
