import type { Generated, JSONColumnType } from 'kysely'
import type { FeedbackCategory } from '../../contract/inference/generation-content.ts'
import type { Decision, Rules } from '../../domain/decision.ts'
import type { DateText, Instant, NullableJson } from './column-types.ts'

export interface RefusedRequestTable {
  /** The request id that the caller was given. */
  id: string
  created_at: Instant
  organization_id: string
  workspace_id: string | null
  key_id: bigint
  user_id: string | null
  status: number
  code: string
  message: string
  model: string | null
  streamed: boolean | null
  origin: Generated<string>
  http_referer: string | null
  app_title: string | null
  user_agent: string | null
  ip: string | null
  session_id: string | null
  external_user: string | null
  /** Null: of an earlier version, so nothing is known. */
  decision: NullableJson<Decision>
}

export interface RulesInForceTable {
  organization_id: string
  /** A hash of `rules`. */
  id: string
  rules: JSONColumnType<Rules>
  /** The last UTC day on which a request met them. */
  last_met: DateText
}

export interface GenerationContentTable {
  generation_id: string
  organization_id: string
  workspace_id: string
  /** JSON, sealed. */
  content: string
  created_at: Instant
}

export interface GenerationFeedbackTable {
  generation_id: string
  /** The user, or the hash of the key, that says it. */
  author: string
  category: FeedbackCategory
  organization_id: string
  workspace_id: string
  comment: string | null
  created_at: Instant
}

export interface FalsePositiveTable {
  /** Of the generation, or of the refused request. */
  entry_id: string
  /** Place among the findings of the request. */
  finding: number
  organization_id: string
  workspace_id: string | null
  refused: boolean
  /** When the request came. */
  requested_at: Instant
  /** The user, or the hash of the key, that says it. */
  marked_by: string
  marked_at: Instant
  comment: string | null
}

export interface IdempotentRequestTable {
  id: string
  organization_id: string
  workspace_id: string
  /** SHA-256. */
  body_hash: string
  generation_id: string
  state: 'running' | 'kept' | 'not_kept'
  lease_until: Instant
  /** Sealed; null unless kept. */
  answer: string | null
  created_at: Instant
}

export interface RequestTables {
  generation_content: GenerationContentTable
  generation_feedback: GenerationFeedbackTable
  false_positive: FalsePositiveTable
  refused_request: RefusedRequestTable
  rules_in_force: RulesInForceTable
  idempotent_request: IdempotentRequestTable
}
