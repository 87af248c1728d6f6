import { lookup as dnsLookup } from 'node:dns'
import type { LookupFunction } from 'node:net'

/** Resolves a name and keeps the addresses that may be connected to, so that no later answer can slip in another one. */
export function guardedLookup(isAllowed: (address: string) => boolean): LookupFunction {
  return (hostname, options, callback) => {
    dnsLookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, '', 0)
      const allowed = addresses.filter(({ address }) => isAllowed(address))
      const first = allowed[0]
      if (first === undefined) return callback(new Error(`${hostname} resolves to private addresses only`), '', 0)
      if (options.all === true) return callback(null, allowed)
      return callback(null, first.address, first.family)
    })
  }
}
