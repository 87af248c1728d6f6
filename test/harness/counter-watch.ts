import pg from 'pg'
import type { GatewayCluster } from './gateway-cluster.ts'
import type { TakenPoint } from './refusal-judge.ts'

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
  /** The same by time of `performance.now()`: a database on this machine has the same clock. */
  points(): Promise<TakenPoint[]>
}

let watches = 0

/** Writes down what is taken of a counter in each state that a counter of credits gets in the database, whichever replica changes it. */
export async function watchCounter({ query }: GatewayCluster, counter: WatchedCounter): Promise<CounterWatch> {
  watches += 1
  const name = `watched_${watches}`
  const literals = [counter.scopeKind, counter.scopeId, counter.interval].map((text) => pg.escapeLiteral(text))
  const where = (row: string) =>
    `(${row}.scope_kind, ${row}.scope_id, ${row}.interval, ${row}.kind) = (${literals.join(', ')}, 'credit')`
  await query(`
    CREATE TABLE ${name} (taken bigint, at timestamptz DEFAULT clock_timestamp());
    CREATE FUNCTION ${name}_note() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
      BEGIN INSERT INTO public.${name} (taken) VALUES (NEW.settled_nano + NEW.leased_nano); RETURN NULL; END $$;
    CREATE TRIGGER ${name} AFTER INSERT OR UPDATE ON counter FOR EACH ROW WHEN (${where('NEW')})
      EXECUTE FUNCTION ${name}_note();
    INSERT INTO ${name} (taken) SELECT settled_nano + leased_nano FROM counter WHERE ${where('counter')}`)
  const points = async () => {
    const rows = await query<{ at: number; taken: string }>(
      `SELECT extract(epoch FROM at)::float8 * 1000 AS at, taken::text FROM ${name} ORDER BY at`,
    )
    return rows.map(({ at, taken }) => ({ at: at - performance.timeOrigin, taken: BigInt(taken) }))
  }
  return {
    state: async () => {
      const [row] = await query<{ settled: string; leased: string }>(`
        SELECT coalesce(sum(settled_nano), 0)::text AS settled, coalesce(sum(leased_nano), 0)::text AS leased
        FROM counter WHERE ${where('counter')}`)
      return { settled: BigInt(row?.settled ?? 0), leased: BigInt(row?.leased ?? 0) }
    },
    mostTaken: async () => (await points()).reduce((most, { taken }) => (taken > most ? taken : most), 0n),
    points,
  }
}
