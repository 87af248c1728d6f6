import { type Expression, expressionBuilder, type SqlBool, sql } from 'kysely'
import type { LogOutcome } from '../../contract/management/logs.ts'
import { type Db, type Schema, toIso } from '../schema.ts'
import { isApp } from './apps.ts'
import { type Visibility, visibleRows } from './visibility.ts'

/** A row's place in a list that is sorted newest first, ties by id. */
export interface LogPosition {
  /** Epoch milliseconds. */
  at: number
  id: string
}

export interface LogFilter {
  organizationId: string
  visible: Visibility
  workspaceId?: string
  keyId?: bigint
  userId?: string | undefined
  model?: string | undefined
  provider?: string | undefined
  app?: string | undefined
  externalUser?: string | undefined
  sessionId?: string | undefined
  outcome?: LogOutcome | undefined
  status?: number | undefined
  /** Whether a find of a content filter was marked as none. */
  falsePositive?: boolean | undefined
  /** Nano-dollars. */
  costMin?: bigint | undefined
  costMax?: bigint | undefined
  /** Epoch milliseconds; `to` is not part of it. */
  from?: number | undefined
  to?: number | undefined
  /** Only what comes after this place. */
  after?: LogPosition | undefined
  limit: number
}

export interface LogPage {
  rows: LogRow[]
  /** Where looking ended before the page was full; undefined when there is no more to look at. */
  lookedTo: LogPosition | undefined
}

/** Those among which something is looked for that no index knows: so many that it takes no time to speak of. */
const LOOKED_AT_MAX = 20_000

export interface LogRow {
  id: string
  created_at: number
  request_id: string
  outcome: LogOutcome
  status: number | null
  error_code: string | null
  error_message: string | null
  workspace_id: string | null
  key_id: bigint
  user_id: string | null
  model: string | null
  provider_name: string | null
  streamed: boolean | null
  finish_reason: string | null
  tokens_prompt: number
  tokens_completion: number
  tokens_reasoning: number
  tokens_cached: number
  cost_nano: bigint
  usage_estimated: boolean
  latency_ms: number | null
  generation_time_ms: number | null
  origin: string
  app_title: string | null
  http_referer: string | null
  user_agent: string | null
  ip: string | null
  session_id: string | null
  external_user: string | null
}

/** Generations and refused requests as one list, newest first. Each side gives at most one page by its own index; where that doesn't
 *  know what is asked for, `lookMax` generations are looked at and the next page looks at those behind them. */
export async function listLogRows(db: Db, filter: LogFilter, lookMax = LOOKED_AT_MAX): Promise<LogPage> {
  const rows = await listRows(db, filter, lookMax)
  const lookedTo = await findEndOfLook(db, filter, { rows, lookMax })
  if (lookedTo === undefined) return { rows, lookedTo }
  // Generations that come before these may not have been looked at.
  return { rows: rows.filter(({ created_at }) => created_at >= lookedTo.at), lookedTo }
}

/** The last generation that was looked at; undefined when the page is full of them, or none is left. */
async function findEndOfLook(
  db: Db,
  filter: LogFilter,
  { rows, lookMax }: { rows: readonly LogRow[]; lookMax: number },
): Promise<LogPosition | undefined> {
  if (!mayHaveGenerations(filter) || unindexedConditions(filter).length === 0) return undefined
  if (rows.filter(({ outcome }) => outcome !== 'refused').length >= filter.limit) return undefined
  const last = await lookedAt(db, filter, 1)
    .select(['id', 'created_at'])
    .offset(lookMax - 1)
    .executeTakeFirst()
  return last && { at: last.created_at, id: last.id }
}

function mayHaveGenerations({ outcome, status }: LogFilter): boolean {
  return outcome !== 'refused' && (status === undefined || status === 200)
}

async function listRows(db: Db, filter: LogFilter, lookMax: number): Promise<LogRow[]> {
  const hasGenerations = mayHaveGenerations(filter)
  const hasRefusals =
    (filter.outcome === undefined || filter.outcome === 'refused') &&
    filter.provider === undefined &&
    (filter.costMin ?? 0n) === 0n
  if (!hasRefusals) return hasGenerations ? await generationLog(db, filter, lookMax).execute() : []
  if (!hasGenerations) return await refusalLog(db, filter).execute()
  return await db
    .selectFrom(generationLog(db, filter, lookMax).as('generation'))
    .selectAll()
    .unionAll(db.selectFrom(refusalLog(db, filter).as('refusal')).selectAll())
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(filter.limit)
    .execute()
}

/** In the order of the list, by what an index knows. */
function lookedAt(db: Db, filter: LogFilter, limit: number) {
  return db
    .selectFrom('generation')
    .where((where) => where.and(indexedConditions(filter)))
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
}

function generationLog(db: Db, filter: LogFilter, lookMax: number) {
  const unindexed = unindexedConditions(filter)
  const looked = lookedAt(db, filter, unindexed.length > 0 ? lookMax : filter.limit)
  return db
    .selectFrom(looked.selectAll().as('generation'))
    .select(({ ref }) => [
      'id',
      'created_at',
      'request_id',
      sql<LogOutcome>`outcome`.as('outcome'),
      sql<number | null>`CASE WHEN outcome IN ('done', 'cancelled') THEN 200 END`.as('status'),
      sql<string | null>`null::text`.as('error_code'),
      sql<string | null>`null::text`.as('error_message'),
      sql<string | null>`workspace_id`.as('workspace_id'),
      'key_id',
      'user_id',
      sql<string | null>`model`.as('model'),
      sql<string | null>`provider_name`.as('provider_name'),
      sql<boolean | null>`streamed`.as('streamed'),
      'finish_reason',
      'tokens_prompt',
      'tokens_completion',
      'tokens_reasoning',
      'tokens_cached',
      ref('cost_nano').as('cost_nano'),
      'usage_estimated',
      'latency_ms',
      'generation_time_ms',
      ...SOURCE_COLUMNS,
    ])
    .where((where) => where.and(unindexed))
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(filter.limit)
}

const SOURCE_COLUMNS = [
  'origin',
  'app_title',
  'http_referer',
  'user_agent',
  'ip',
  'session_id',
  'external_user',
] as const

function refusalLog(db: Db, filter: LogFilter) {
  const conditions = [...sharedIndexedConditions(filter), ...sharedUnindexedConditions(filter)]
  if (filter.status !== undefined) conditions.push(refusal('status', '=', filter.status))
  return db
    .selectFrom('refused_request')
    .select(({ ref }) => [
      'id',
      'created_at',
      ref('id').as('request_id'),
      sql<LogOutcome>`'refused'`.as('outcome'),
      sql<number | null>`status`.as('status'),
      sql<string | null>`code`.as('error_code'),
      sql<string | null>`message`.as('error_message'),
      'workspace_id',
      'key_id',
      'user_id',
      'model',
      sql<string | null>`null::text`.as('provider_name'),
      'streamed',
      sql<string | null>`null::text`.as('finish_reason'),
      sql<number>`0`.as('tokens_prompt'),
      sql<number>`0`.as('tokens_completion'),
      sql<number>`0`.as('tokens_reasoning'),
      sql<number>`0`.as('tokens_cached'),
      sql<bigint>`0::bigint`.as('cost_nano'),
      sql<boolean>`false`.as('usage_estimated'),
      sql<number | null>`null::integer`.as('latency_ms'),
      sql<number | null>`null::integer`.as('generation_time_ms'),
      ...SOURCE_COLUMNS,
    ])
    .where((where) => where.and(conditions))
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(filter.limit)
}

const { eb: generation, and, or } = expressionBuilder<Schema, 'generation'>()
const { eb: refusal } = expressionBuilder<Schema, 'refused_request'>()

/** Of generations alone. */
function generationConditions(filter: LogFilter): Expression<SqlBool>[] {
  return [...indexedConditions(filter), ...unindexedConditions(filter)]
}

function indexedConditions(filter: LogFilter): Expression<SqlBool>[] {
  const conditions = sharedIndexedConditions(filter)
  const { outcome, status } = filter
  if (outcome !== undefined && outcome !== 'refused') conditions.push(generation('outcome', '=', outcome))
  if (status !== undefined) conditions.push(generation('outcome', 'in', ['done', 'cancelled']))
  return conditions
}

function unindexedConditions(filter: LogFilter): Expression<SqlBool>[] {
  const conditions = sharedUnindexedConditions(filter)
  const { provider, costMin, costMax } = filter
  if (provider !== undefined) conditions.push(generation('provider_name', '=', provider))
  if (costMin !== undefined) conditions.push(generation('cost_nano', '>=', costMin))
  if (costMax !== undefined) conditions.push(generation('cost_nano', '<=', costMax))
  return conditions
}

/** These and the next on columns that both kinds of rows have, under the same names. */
function sharedIndexedConditions(filter: LogFilter): Expression<SqlBool>[] {
  const { organizationId, visible, workspaceId, keyId, userId, sessionId, from, to, after } = filter
  const conditions: Expression<SqlBool>[] = [generation('organization_id', '=', organizationId)]
  const isVisible = visibleRows(visible)
  if (isVisible !== undefined) conditions.push(isVisible)
  if (workspaceId !== undefined) conditions.push(generation('workspace_id', '=', workspaceId))
  if (keyId !== undefined) conditions.push(generation('key_id', '=', keyId))
  if (userId !== undefined) conditions.push(generation('user_id', '=', userId))
  if (sessionId !== undefined) conditions.push(generation('session_id', '=', sessionId))
  if (filter.falsePositive !== undefined) conditions.push(isMarked(organizationId, filter.falsePositive))
  if (from !== undefined) conditions.push(generation('created_at', '>=', instant(from)))
  if (to !== undefined) conditions.push(generation('created_at', '<', instant(to)))
  if (after !== undefined) conditions.push(isAfter(after))
  return conditions
}

function sharedUnindexedConditions({ model, externalUser, app }: LogFilter): Expression<SqlBool>[] {
  const conditions: Expression<SqlBool>[] = []
  if (model !== undefined) conditions.push(generation('model', '=', model))
  if (externalUser !== undefined) conditions.push(generation('external_user', '=', externalUser))
  if (app !== undefined) conditions.push(isApp(sql`app_of(origin, app_title)`, app))
  return conditions
}

/** The time is asked for, too, because it names the partition. */
function isMarked(organizationId: string, wanted: boolean): Expression<SqlBool> {
  const marked = sql<SqlBool>`EXISTS (SELECT FROM false_positive
    WHERE organization_id = ${organizationId} AND entry_id = id AND requested_at = created_at)`
  return wanted ? marked : sql<SqlBool>`NOT ${marked}`
}

/** Sorted newest first, so what comes after is smaller. The first half lets the index skip to the place. */
function isAfter({ at, id }: LogPosition): Expression<SqlBool> {
  return and([
    generation('created_at', '<=', instant(at)),
    or([generation('created_at', '<', instant(at)), generation('id', '<', id)]),
  ])
}

function instant(at: number): never {
  return toIso(at) as never
}

export interface LogSessionRow {
  session_id: string
  workspace_id: string
  requests: bigint
  failed_requests: bigint
  usage_nano: bigint
  tokens_prompt: bigint
  tokens_completion: bigint
  first_at: number
  last_at: number
  /** Of the last request. */
  last_id: string
  models: string[]
}

/** Sessions by their last request, latest first. The newest requests are walked through by index until enough of them turn
 *  out to be the last of their session; each of those sessions is then summed by index. */
export async function listLogSessionRows(db: Db, filter: LogFilter): Promise<LogSessionRow[]> {
  const { after, ...whole } = filter
  const conditions = generationConditions(whole)
  const isLast = sql<SqlBool>`NOT EXISTS (${db
    .selectFrom('generation')
    .select(sql`1`.as('later'))
    .where((where) => where.and(conditions))
    .where('session_id', '=', sql<string>`candidate.session_id`)
    .where('workspace_id', '=', sql<string>`candidate.workspace_id`)
    .where(sql<SqlBool>`(created_at, id) > (candidate.created_at, candidate.id)`)})`
  const last = db
    .selectFrom(
      db
        .selectFrom('generation')
        .select(['id', 'created_at', 'session_id', 'workspace_id'])
        .where('session_id', 'is not', null)
        .where((where) => where.and(generationConditions(filter)))
        .as('candidate'),
    )
    .selectAll()
    .where(isLast)
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(filter.limit)
  const rows = await db
    .selectFrom(last.as('last'))
    .innerJoinLateral(
      (lateral) =>
        lateral
          .selectFrom('generation')
          .select(({ fn }) => [
            sql<bigint>`count(*)`.as('requests'),
            sql<bigint>`count(*) FILTER (WHERE outcome IN ('upstream_error', 'crash_padding'))`.as('failed_requests'),
            sql<bigint>`sum(cost_nano)::bigint`.as('usage_nano'),
            sql<bigint>`sum(tokens_prompt)::bigint`.as('tokens_prompt'),
            sql<bigint>`sum(tokens_completion)::bigint`.as('tokens_completion'),
            fn.min('created_at').as('first_at'),
            sql<string[]>`array_agg(DISTINCT model)`.as('models'),
          ])
          .where((where) => where.and(conditions))
          .where('session_id', '=', sql<string>`"last".session_id`)
          .where('workspace_id', '=', sql<string>`"last".workspace_id`)
          .as('sums'),
      (join) => join.onTrue(),
    )
    .select(['last.session_id', 'last.workspace_id', 'last.created_at as last_at', 'last.id as last_id'])
    .select([
      'sums.requests',
      'sums.failed_requests',
      'sums.usage_nano',
      'sums.tokens_prompt',
      'sums.tokens_completion',
      'sums.first_at',
      'sums.models',
    ])
    .orderBy('last_at', 'desc')
    .orderBy('last_id', 'desc')
    .execute()
  return rows as LogSessionRow[]
}
