import type {
  LOG_OPERATIONS,
  LogEntryWire,
  LogSessionWire,
  listLogSessions,
  listLogs,
} from '../../contract/management/logs.ts'
import type { HandlerOf, HandlersFor, InputOf } from '../../contract/operation.ts'
import { appNumber, appOf } from '../../domain/app-identity.ts'
import { fromUsd, toUsd } from '../../domain/money.ts'
import {
  type LogFilter,
  type LogRow,
  type LogSessionRow,
  listLogRows,
  listLogSessionRows,
} from '../../store/queries/logs.ts'
import { findKeyNames } from '../../store/queries/names.ts'
import { toIso } from '../../store/schema.ts'
import { visibleIn } from '../access.ts'
import { findUsageScope } from '../activity/usage-scope.ts'
import { type ControlContext, type MemoryContext, organizationOf } from '../context.ts'
import { readPeriod } from '../period.ts'
import { fromCursor, toCursor } from './log-cursor.ts'

const LIMIT_DEFAULT = 50

/** Whoever may see only their own usage gets their own requests. */
const handleListLogs: HandlerOf<typeof listLogs, ControlContext> = async (input, context) => {
  const filter = await readFilter(input, context)
  const { rows, lookedTo } = await listLogRows(context.tx, {
    ...filter,
    sessionId: input.session_id,
    outcome: input.outcome,
    status: input.status,
    falsePositive: input.false_positive,
    costMin: input.min_cost === undefined ? undefined : fromUsd(input.min_cost),
    costMax: input.max_cost === undefined ? undefined : fromUsd(input.max_cost),
  })
  const { page, next_cursor } = toPage(rows, filter.limit, (row) => ({ at: row.created_at, id: row.id }))
  const further = lookedTo === undefined ? null : toCursor(lookedTo)
  const keyIds = [...new Set(page.map((row) => row.key_id))]
  const keys = await findKeyNames(context.tx, organizationOf(context), keyIds)
  return { data: page.map((row) => entryToWire(row, keys.get(row.key_id))), next_cursor: next_cursor ?? further }
}

const handleListLogSessions: HandlerOf<typeof listLogSessions, ControlContext> = async (input, context) => {
  const filter = await readFilter(input, context)
  const rows = await listLogSessionRows(context.tx, filter)
  const { page, next_cursor } = toPage(rows, filter.limit, (row) => ({ at: row.last_at, id: row.last_id }))
  return { data: page.map(sessionToWire), next_cursor }
}

export const LOG_HANDLERS: HandlersFor<typeof LOG_OPERATIONS, ControlContext, MemoryContext> = {
  listLogs: handleListLogs,
  listLogSessions: handleListLogSessions,
}

/** With one row more than the page has, which tells whether there is a next one. */
async function readFilter(input: InputOf<typeof listLogSessions>, context: ControlContext): Promise<LogFilter> {
  return {
    organizationId: organizationOf(context),
    visible: visibleIn(context.access, 'log:read'),
    ...(await findUsageScope(context, 'log:read', input)),
    userId: input.user_id,
    model: input.model,
    provider: input.provider,
    app: input.app,
    externalUser: input.external_user,
    ...readPeriod(input),
    after: input.cursor === undefined ? undefined : fromCursor(input.cursor),
    limit: (input.limit ?? LIMIT_DEFAULT) + 1,
  }
}

function toPage<Row>(rows: readonly Row[], limit: number, place: (row: Row) => { at: number; id: string }) {
  const page = rows.slice(0, limit - 1)
  const last = page.at(-1)
  return { page, next_cursor: rows.length < limit || last === undefined ? null : toCursor(place(last)) }
}

function entryToWire(row: LogRow, key: { hash: string; name: string } | undefined): LogEntryWire {
  const isRefused = row.outcome === 'refused'
  return {
    id: row.id,
    generation_id: isRefused ? null : row.id,
    request_id: row.request_id,
    created_at: toIso(row.created_at),
    outcome: row.outcome,
    status: row.status,
    error: row.error_code === null ? null : { code: row.error_code, message: row.error_message ?? '' },
    workspace_id: row.workspace_id,
    api_key_id: Number(row.key_id),
    api_key_hash: key?.hash ?? null,
    api_key_name: key?.name ?? null,
    user_id: row.user_id,
    model: row.model,
    provider_name: row.provider_name,
    streamed: row.streamed,
    finish_reason: row.finish_reason,
    tokens_prompt: row.tokens_prompt,
    tokens_completion: row.tokens_completion,
    tokens_reasoning: row.tokens_reasoning,
    tokens_cached: row.tokens_cached,
    usage: toUsd(row.cost_nano),
    usage_estimated: row.usage_estimated,
    latency: row.latency_ms,
    generation_time: row.generation_time_ms,
    app: row.origin === '' ? null : row.origin,
    app_title: row.app_title,
    app_id: appNumber(appOf(row.origin, row.app_title)),
    http_referer: row.http_referer,
    user_agent: row.user_agent,
    ip: row.ip,
    session_id: row.session_id,
    external_user: row.external_user,
  }
}

function sessionToWire(row: LogSessionRow): LogSessionWire {
  return {
    session_id: row.session_id,
    workspace_id: row.workspace_id,
    requests: Number(row.requests),
    failed_requests: Number(row.failed_requests),
    usage: toUsd(row.usage_nano),
    tokens_prompt: Number(row.tokens_prompt),
    tokens_completion: Number(row.tokens_completion),
    first_request_at: toIso(row.first_at),
    last_request_at: toIso(row.last_at),
    models: row.models,
  }
}
