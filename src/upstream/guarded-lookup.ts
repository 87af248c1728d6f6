import { lookup as dnsLookup, type LookupAddress } from 'node:dns'
import type { LookupFunction } from 'node:net'

/** All addresses of a name, as the system resolves it. */
export type Resolve = (
  hostname: string,
  done: (error: NodeJS.ErrnoException | null, addresses: readonly LookupAddress[]) => void,
) => void
type Done = Parameters<Resolve>[1]

const systemResolve: Resolve = (hostname, done) => dnsLookup(hostname, { all: true }, done)

const WAITING_MAX = 1_000
const WAIT_MS = 5_000

/**
 * One name at a time; who asks for a name that is being resolved gets the same answer. The system resolves names in two threads of
 * the process, and names that customers give may be made so that they take as long as they can: at most one thread is theirs, and
 * the operator's own providers are found in the other. Who waits for too long, or behind too many, is told EAI_AGAIN.
 */
export function oneByOne(resolve: Resolve): Resolve {
  /** Who asks for each name, in the order in which they came; the first is being resolved. */
  const asked = new Map<string, Set<Done>>()
  const next = (): void => {
    const [first] = asked
    if (first === undefined) return
    const [hostname, waiting] = first
    resolve(hostname, (error, addresses) => {
      asked.delete(hostname)
      next()
      for (const done of [...waiting]) done(error, addresses)
    })
  }
  const giveUp = (hostname: string, waiting: Set<Done>): void => {
    const [running] = asked.keys()
    if (waiting.size === 0 && hostname !== running) asked.delete(hostname)
  }
  return (hostname, done) => {
    const waiting = asked.get(hostname) ?? new Set()
    if (waiting.size === 0 && asked.size >= WAITING_MAX) {
      queueMicrotask(() => done(tooBusy(hostname), []))
      return
    }
    const answer: Done = (error, addresses) => {
      clearTimeout(timer)
      waiting.delete(answer)
      done(error, addresses)
    }
    const timer = setTimeout(() => {
      answer(tooBusy(hostname), [])
      giveUp(hostname, waiting)
    }, WAIT_MS)
    waiting.add(answer)
    if (asked.has(hostname)) return
    asked.set(hostname, waiting)
    if (asked.size === 1) next()
  }
}

function tooBusy(hostname: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${hostname} could not be resolved in time`), { code: 'EAI_AGAIN' })
}

/** For names that somebody other than the operator gave. */
export const resolveForStrangers: Resolve = oneByOne(systemResolve)

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
