import pg from 'pg'
import type { GatewayCluster } from './gateway-cluster.ts'

export interface WatchedCounter {
  scopeKind: string
  scopeId: string
  interval: string
}

export interface CounterState {
  settled: bigint
  leased: bigint
}

export interface CounterWatch {
  /** As it is now. */
  state(): Promise<CounterState>
  /** Of settled plus leased, over all states that it ever had since. */
  mostTaken(): Promise<bigint>
}

let watches = 0

/** Writes down each state that a counter of credits gets in the database, whichever replica changes it. */
export async function watchCounter({ query }: GatewayCluster, counter: WatchedCounter): Promise<CounterWatch> {
  watches += 1
  const name = `watched_${watches}`
  const literals = [counter.scopeKind, counter.scopeId, counter.interval].map((text) => pg.escapeLiteral(text))
  const where = (row: string) =>
    `(${row}.scope_kind, ${row}.scope_id, ${row}.interval, ${row}.kind) = (${literals.join(', ')}, 'credit')`
  await query(`
    CREATE TABLE ${name} (settled bigint, leased bigint);
    CREATE FUNCTION ${name}_note() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
      BEGIN INSERT INTO public.${name} VALUES (NEW.settled_nano, NEW.leased_nano); RETURN NULL; END $$;
    CREATE TRIGGER ${name} AFTER INSERT OR UPDATE ON counter FOR EACH ROW WHEN (${where('NEW')})
      EXECUTE FUNCTION ${name}_note();
    INSERT INTO ${name} SELECT settled_nano, leased_nano FROM counter WHERE ${where('counter')}`)
  return {
    state: async () => {
      const [row] = await query<{ settled: string; leased: string }>(`
        SELECT coalesce(sum(settled_nano), 0)::text AS settled, coalesce(sum(leased_nano), 0)::text AS leased
        FROM counter WHERE ${where('counter')}`)
      return { settled: BigInt(row?.settled ?? 0), leased: BigInt(row?.leased ?? 0) }
    },
    mostTaken: async () => {
      const [row] = await query<{ most: string }>(
        `SELECT coalesce(max(settled + leased), 0)::text AS most FROM ${name}`,
      )
      return BigInt(row?.most ?? 0)
    },
  }
}
