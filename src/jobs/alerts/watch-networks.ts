import type { KeyPlace } from '../../domain/alerts/key-alerts.ts'
import { networkOf } from '../../domain/ip-ranges.ts'
import { listKeyCallers, loadFirstPlaces, noteKeyPlaces } from '../../store/key-networks.ts'
import type { Db } from '../../store/schema.ts'

/** A request is in the database when it has ended, under the time of its beginning; one that takes longer than that is missed. */
const OVERLAP_MS = 120_000
const FIRST_LOOK_MS = 600_000

/** The country of an address as ISO 3166 has it; null where it isn't known. */
export type CountryOf = (ip: string) => string | null

export type WatchNetworks = (db: Db, of: { now: number; organizationIds: readonly string[] }) => Promise<KeyPlace[]>

/** Notes from where keys are called, and tells which places are new. Each time it looks at the requests since the last. */
export function createNetworkWatch(countryOf: CountryOf): WatchNetworks {
  let looked = 0
  return async (db, { now, organizationIds }) => {
    const since = Math.max(looked - OVERLAP_MS, now - FIRST_LOOK_MS)
    const callers = await listKeyCallers(db, { organizationIds, since })
    const places = callers.flatMap((caller) => {
      const country = countryOf(caller.ip)
      return [
        { ...caller, kind: 'network' as const, place: networkOf(caller.ip) },
        ...(country === null ? [] : [{ ...caller, kind: 'country' as const, place: country }]),
      ]
    })
    await noteKeyPlaces(db, places)
    looked = now
    return await loadFirstPlaces(db, { now, organizationIds })
  }
}
