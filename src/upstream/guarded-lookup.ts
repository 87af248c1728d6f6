import { lookup as dnsLookup, type LookupAddress } from 'node:dns'
import type { LookupFunction } from 'node:net'

/** All addresses of a name, as the system resolves it. */
export type Resolve = (
  hostname: string,
  done: (error: NodeJS.ErrnoException | null, addresses: readonly LookupAddress[]) => void,
) => void

const systemResolve: Resolve = (hostname, done) => dnsLookup(hostname, { all: true }, done)

/** Resolves a name and keeps the addresses that may be connected to, so that no later answer can slip in another one. */
export function guardedLookup(isAllowed: (address: string) => boolean, resolve = systemResolve): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, (error, addresses) => {
      if (error) return callback(error, '', 0)
      const isWanted = ({ family }: LookupAddress) => !options.family || options.family === family
      const allowed = addresses.filter((one) => isWanted(one) && isAllowed(one.address))
      const first = allowed[0]
      if (first === undefined) return callback(new Error(`${hostname} resolves to private addresses only`), '', 0)
      if (options.all === true) return callback(null, allowed)
      return callback(null, first.address, first.family)
    })
  }
}
