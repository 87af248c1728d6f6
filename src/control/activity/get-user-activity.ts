import type { getUserActivity } from '../../contract/management/activity.ts'
import type { HandlerOf } from '../../contract/operation.ts'
import { AppError } from '../../domain/app-error.ts'
import { toUsd } from '../../domain/money.ts'
import { toDate } from '../../domain/windows.ts'
import { listActivityRows } from '../../store/queries/activity.ts'
import { visibleIn } from '../access.ts'
import { type ControlContext, organizationOf } from '../context.ts'
import { findUsageScope } from './usage-scope.ts'

const DAY_MS = 86_400_000
const DAYS_BACK = 30

/** Without a date the last 30 completed days; with one that day, which may be today's, still running. Whoever may see only
 *  their own usage gets the sums of that. */
export const handleGetUserActivity: HandlerOf<typeof getUserActivity, ControlContext> = async (input, context) => {
  const scope = await findUsageScope(context, 'activity:read', input)
  const rows = await listActivityRows(context.tx, {
    organizationId: organizationOf(context),
    ...datesOf(input.date, context.now),
    ...scope,
    ...(input.user_id ? { userId: input.user_id } : {}),
    byWorkspace: input.group_by === 'workspace',
    visible: visibleIn(context.access, 'activity:read'),
  })
  const data = rows.map((row) => ({
    date: row.date,
    model: row.model,
    model_permaslug: row.model,
    endpoint_id: row.endpoint_id,
    provider_name: row.provider_name,
    usage: toUsd(row.usage_nano),
    byok_usage_inference: toUsd(row.byok_usage_nano),
    requests: Number(row.requests),
    prompt_tokens: Number(row.prompt_tokens),
    completion_tokens: Number(row.completion_tokens),
    reasoning_tokens: Number(row.reasoning_tokens),
    ...(row.workspace_id === undefined ? {} : { workspace_id: row.workspace_id }),
  }))
  return { data }
}

function datesOf(date: string | undefined, now: number): { from: string; to: string } {
  const earliest = toDate(now - DAYS_BACK * DAY_MS)
  if (date === undefined) return { from: earliest, to: toDate(now - DAY_MS) }
  const isReal = !Number.isNaN(Date.parse(date)) && toDate(Date.parse(date)) === date
  if (!isReal) throw new AppError('invalid_request', 'date: is not a date')
  if (date < earliest || date > toDate(now)) {
    throw new AppError('invalid_request', `date: must be within the last ${DAYS_BACK} days (UTC)`)
  }
  return { from: date, to: date }
}
