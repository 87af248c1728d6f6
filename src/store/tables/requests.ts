import type { Generated } from 'kysely'
import type { Instant } from './column-types.ts'

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
}

export interface RequestTables {
  refused_request: RefusedRequestTable
}
