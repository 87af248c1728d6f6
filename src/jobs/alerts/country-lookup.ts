import { type CountryResponse, open } from 'maxmind'
import type { CountryOf } from './watch-networks.ts'

const CACHE_ENTRIES = 10_000

/** Reads an MMDB file, such as GeoLite2-Country or DB-IP's, into memory, and again when it changes. Throws where it can't. */
export async function openCountryLookup(path: string): Promise<CountryOf> {
  const reader = await open<CountryResponse>(path, {
    cache: { max: CACHE_ENTRIES },
    watchForUpdates: true,
    watchForUpdatesNonPersistent: true,
  })
  return (ip) => {
    try {
      const found = reader.get(ip)
      return found?.country?.iso_code ?? found?.registered_country?.iso_code ?? null
    } catch {
      // A file of version 4 addresses knows nothing of version 6.
      return null
    }
  }
}
