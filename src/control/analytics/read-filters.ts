import {
  ANALYTICS_DIMENSIONS,
  ANALYTICS_METRICS,
  ANALYTICS_OPERATORS,
  type AnalyticsDimension,
  type AnalyticsFilter,
  type AnalyticsMetric,
} from '../../contract/management/analytics.ts'
import { AppError } from '../../domain/app-error.ts'
import { isUuid } from '../../platform/ids.ts'
import type { DimensionFilter, DimensionValue, MetricFilter } from '../../store/queries/analytics-query.ts'
import { findKeyIds } from '../../store/queries/names.ts'
import { type ControlContext, organizationOf } from '../context.ts'

const KEY_HASH = /^[0-9a-f]{64}$/
const KEY_NUMBER = /^\d{1,18}$/
const NANO = 1_000_000_000

export interface ReadFilters {
  filters: DimensionFilter[]
  having: MetricFilter[]
  warnings: string[]
}

/** The filters in the terms of what is stored. Throws `invalid_request` naming the one that can't be meant; a key hash that
 *  no key has matches nothing and is warned of. */
export async function readFilters(context: ControlContext, given: readonly AnalyticsFilter[]): Promise<ReadFilters> {
  const read: ReadFilters = { filters: [], having: [], warnings: [] }
  const keys = await findKeyIds(context.tx, organizationOf(context), given.flatMap(hashesIn), { deleted: true })
  for (const [at, filter] of given.entries()) {
    requireShape(filter, `filters.${at}`)
    if (filter.field in ANALYTICS_METRICS) read.having.push(readMetricFilter(filter, `filters.${at}`))
    else read.filters.push(readDimensionFilter(filter, `filters.${at}`, keys))
  }
  const unknown = given.flatMap(hashesIn).filter((hash) => !keys.has(hash))
  for (const hash of new Set(unknown)) read.warnings.push(`api_key_id: no key has the hash ${hash}`)
  return read
}

function hashesIn({ field, value }: AnalyticsFilter): string[] {
  if (field !== 'api_key_id') return []
  return [value].flat().filter((item): item is string => typeof item === 'string' && KEY_HASH.test(item))
}

function requireShape({ operator, value }: AnalyticsFilter, path: string): void {
  if ((ANALYTICS_OPERATORS[operator] === 'array') === Array.isArray(value)) return
  throw new AppError(
    'invalid_request',
    `${path}.value: ${operator} takes ${Array.isArray(value) ? 'one value' : 'a list'}`,
  )
}

function readMetricFilter({ field, operator, value }: AnalyticsFilter, path: string): MetricFilter {
  if (operator === 'in' || operator === 'not_in')
    throw new AppError('invalid_request', `${path}.operator: ${operator} is not for metrics`)
  if (typeof value !== 'number') throw new AppError('invalid_request', `${path}.value: must be a number`)
  const metric = field as AnalyticsMetric
  const isMoney = ANALYTICS_METRICS[metric].format === 'currency'
  return { metric, operator, value: isMoney ? value * NANO : value }
}

function readDimensionFilter(filter: AnalyticsFilter, path: string, keys: Map<string, bigint>): DimensionFilter {
  const dimension = filter.field as AnalyticsDimension
  const operator = DIMENSION_OPERATORS[filter.operator]
  if (operator === undefined) {
    const { label } = ANALYTICS_DIMENSIONS[dimension]
    throw new AppError('invalid_request', `${path}.operator: ${filter.operator} has no meaning for ${label}`)
  }
  const values = [filter.value].flat().flatMap((value) => readValue(dimension, value, { path, keys }))
  return { dimension, operator, values, includeUnset: filter.include_unset ?? false }
}

const DIMENSION_OPERATORS: Readonly<Partial<Record<AnalyticsFilter['operator'], 'in' | 'not_in'>>> = {
  eq: 'in',
  in: 'in',
  neq: 'not_in',
  not_in: 'not_in',
}

function readValue(
  dimension: AnalyticsDimension,
  value: string | number,
  { path, keys }: { path: string; keys: Map<string, bigint> },
): DimensionValue[] {
  const text = String(value)
  if (dimension === 'workspace') {
    if (!isUuid(text)) throw new AppError('invalid_request', `${path}.value: must be the UUID of a workspace`)
    return [text.toLowerCase()]
  }
  if (dimension !== 'api_key_id') return [text]
  if (KEY_NUMBER.test(text)) return [BigInt(text)]
  if (!KEY_HASH.test(text))
    throw new AppError('invalid_request', `${path}.value: must be the number or the hash of a key`)
  const id = keys.get(text)
  return id === undefined ? [] : [id]
}
