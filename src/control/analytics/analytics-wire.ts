import { ANALYTICS_METRICS, type AnalyticsMetric } from '../../contract/management/analytics.ts'
import { appName, appNumber } from '../../domain/app-identity.ts'
import { toUsd } from '../../domain/money.ts'
import { toDate } from '../../domain/windows.ts'
import type { AnalyticsQuery, AnalyticsRow, DimensionValue } from '../../store/queries/analytics-query.ts'
import { findKeyNames, findMemberNames, findWorkspaceNames } from '../../store/queries/names.ts'
import { toIso } from '../../store/schema.ts'
import { type ControlContext, organizationOf } from '../context.ts'

type WireRow = Record<string, string | number | null>

/** Rows as on the wire: keys and workspaces by name, members by name and e-mail, money in dollars. */
export async function rowsToWire(
  context: ControlContext,
  query: AnalyticsQuery,
  rows: readonly AnalyticsRow[],
): Promise<WireRow[]> {
  const { granularity, dimensions, metrics } = query
  const names = await loadNames(context, rows)
  return rows.map((row) => {
    const wire: WireRow = {}
    if (granularity !== undefined) wire[`date__${granularity}`] = bucketToWire(Number(row['bucket']), granularity)
    for (const dimension of dimensions)
      Object.assign(wire, names(dimension, (row[dimension] ?? null) as DimensionValue))
    for (const metric of metrics) wire[metric] = metricToWire(metric, row[metric] ?? null)
    return wire
  })
}

function bucketToWire(at: number, granularity: NonNullable<AnalyticsQuery['granularity']>): string {
  return granularity === 'minute' || granularity === 'hour' ? toIso(at) : toDate(at)
}

function metricToWire(metric: AnalyticsMetric, value: AnalyticsRow[string]): number | null {
  if (value === null) return null
  return ANALYTICS_METRICS[metric].format === 'currency' ? toUsd(BigInt(value)) : Number(value)
}

async function loadNames(
  context: ControlContext,
  rows: readonly AnalyticsRow[],
): Promise<(dimension: string, value: DimensionValue | null) => WireRow> {
  const organizationId = organizationOf(context)
  const all = (dimension: string) => [...new Set(rows.map((row) => row[dimension]))].filter((value) => value != null)
  const keys = await findKeyNames(context.tx, organizationId, all('api_key_id') as bigint[])
  const workspaces = await findWorkspaceNames(context.tx, organizationId, all('workspace') as string[])
  const members = await findMemberNames(context.tx, organizationId, all('user') as string[])
  const toNames: Readonly<Record<string, (value: string) => WireRow>> = {
    // Two keys may have one name.
    api_key_id: (id) => ({
      api_key_id: keys.get(BigInt(id))?.name ?? id,
      api_key_hash: keys.get(BigInt(id))?.hash ?? null,
    }),
    workspace: (id) => ({ workspace: workspaces.get(id) ?? id }),
    app: (app) => ({ app: appName(app), app_id: appNumber(app) }),
    // Who has left has no name here any more, but keeps their usage.
    user: (id) => ({
      user: members.has(id) ? (members.get(id)?.name ?? null) : id,
      user_email: members.get(id)?.email ?? null,
    }),
  }
  return (dimension, value) => {
    if (value === null || value === '') return UNKNOWN[dimension] ?? { [dimension]: null }
    return toNames[dimension]?.(String(value)) ?? { [dimension]: String(value) }
  }
}

/** Those of which more than a name is told. */
const UNKNOWN: Readonly<Record<string, WireRow>> = {
  user: { user: null, user_email: null },
  app: { app: null, app_id: null },
  api_key_id: { api_key_id: null, api_key_hash: null },
}
