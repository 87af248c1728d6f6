import { sql } from 'kysely'
import type { ScopeKind, ScopeSpend } from '../../domain/spend-scopes.ts'
import { INTERVALS, type Interval, windowStart } from '../../domain/windows.ts'
import type { Db } from '../schema.ts'

type SpendByInterval = Record<Interval, bigint>

export interface CountedScope {
  scopeKind: ScopeKind
  scopeId: string
  spend: ScopeSpend
  /** What replicas may still charge to it without asking again, in the window where that is most. */
  pending: bigint
}

/** What scopes of one kind were charged in the windows that contain `now`. Who was never charged is missing. */
export async function loadSpend(
  db: Db,
  wanted: { now: number; scopeKind: ScopeKind; scopeIds: readonly string[] },
): Promise<CountedScope[]> {
  if (wanted.scopeIds.length === 0) return []
  const query = db
    .selectFrom('counter')
    .select(['scope_kind', 'scope_id', 'kind', 'interval', 'settled_nano', 'leased_nano'])
    .where(
      sql<boolean>`(interval, window_start) IN (${sql.join(
        INTERVALS.map((interval) => sql`(${interval}, ${windowStart(interval, wanted.now)}::date)`),
      )})`,
    )
    .where('scope_kind', '=', wanted.scopeKind)
    .where('scope_id', 'in', [...wanted.scopeIds])
  const scopes = new Map<string, CountedScope & { spend: Record<'credit' | 'byok', SpendByInterval> }>()
  for (const row of await query.execute()) {
    const { interval, kind, leased_nano: leased, scope_id: scopeId, scope_kind: scopeKind } = row
    const name = `${scopeKind} ${scopeId}`
    const scope = scopes.get(name) ?? { scopeKind, scopeId, spend: noSpend(), pending: 0n }
    scope.spend[kind][interval] = row.settled_nano
    if (kind === 'credit' && leased > scope.pending) scope.pending = leased
    scopes.set(name, scope)
  }
  return [...scopes.values()]
}

/** What one scope was charged, 0 where nothing. */
export async function loadSpendOf(
  db: Db,
  { now, scopeKind, scopeId }: { now: number; scopeKind: ScopeKind; scopeId: string },
): Promise<ScopeSpend> {
  const [scope] = await loadSpend(db, { now, scopeKind, scopeIds: [scopeId] })
  return scope?.spend ?? noSpend()
}

export function noSpend(): Record<'credit' | 'byok', SpendByInterval> {
  const none = { daily: 0n, weekly: 0n, monthly: 0n, lifetime: 0n }
  return { credit: { ...none }, byok: { ...none } }
}

/** Per interval, with BYOK spend or without. */
export function spendByInterval({ credit, byok }: ScopeSpend, includeByok: boolean): Map<Interval, bigint> {
  return new Map(INTERVALS.map((interval) => [interval, credit[interval] + (includeByok ? byok[interval] : 0n)]))
}
