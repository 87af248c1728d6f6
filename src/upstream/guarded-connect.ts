import { isIP } from 'node:net'
import { buildConnector } from 'undici'
import { guardedLookup, type Resolve } from './guarded-lookup.ts'

export interface GuardedConnectOptions {
  isAllowed: (address: string) => boolean
  timeoutMs: number
  resolve?: Resolve | undefined
}

/**
 * Opens connections to addresses that may be connected to, and no others: an address as it is written is judged before, a name
 * by what it resolves to, and what came of it is judged once more by the address at the other end.
 */
export function guardedConnect({ isAllowed, resolve, timeoutMs }: GuardedConnectOptions): buildConnector.connector {
  const connect = buildConnector({ timeout: timeoutMs, lookup: guardedLookup(isAllowed, resolve) })
  return (options, callback) => {
    const host = options.hostname.replace(/^\[|\]$/g, '')
    if (isIP(host) !== 0 && !isAllowed(host)) {
      queueMicrotask(() => callback(forbidden(host), null))
      return
    }
    connect(options, (error, socket) => {
      if (error !== null) return callback(error, null)
      const { remoteAddress } = socket
      // One that is gone already has none.
      if (remoteAddress === undefined || isAllowed(remoteAddress)) return callback(null, socket)
      socket.destroy()
      callback(forbidden(host), null)
    })
  }
}

function forbidden(host: string): Error {
  return new Error(`${host} is one of the private addresses, which may not be connected to`)
}
