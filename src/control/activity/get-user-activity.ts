import type { getUserActivity } from '../../contract/management/activity.ts'
import type { HandlerOf } from '../../contract/operation.ts'
import { AppError } from '../../domain/app-error.ts'
import { toUsd } from '../../domain/money.ts'
import { toDate } from '../../domain/windows.ts'
import { listActivityRows } from '../../store/queries/activity.ts'
import { getKeyId } from '../../store/queries/keys.ts'
import { getLiveWorkspace } from '../../store/queries/workspaces.ts'
import { type ControlContext, organizationOf } from '../context.ts'

const DAY_MS = 86_400_000
const DAYS_BACK = 30

/** Without a date the last 30 completed days; with one that day, which may be today's, still running. */
export const handleGetUserActivity: HandlerOf<typeof getUserActivity, ControlContext> = async (input, context) => {
  const organizationId = organizationOf(context)
  const keyId = input.api_key_hash ? await getKeyId(context.tx, organizationId, input.api_key_hash) : undefined
  const workspace = input.workspace_id
    ? await getLiveWorkspace(context.tx, organizationId, input.workspace_id)
    : undefined
  const rows = await listActivityRows(context.tx, {
    organizationId,
    ...datesOf(input.date, context.now),
    ...(keyId === undefined ? {} : { keyId }),
    ...(input.user_id ? { userId: input.user_id } : {}),
    ...(workspace ? { workspaceId: workspace.id } : {}),
    byWorkspace: input.group_by === 'workspace',
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
