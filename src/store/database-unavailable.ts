import { DatabaseError } from 'pg'

/** Connection lost or not let in, resources gone, shutting down, rolled back for others' sake; and waits that ended. */
const PASSING = /^(?:08|28|53|57|40)...$|^55P03$|^25P03$|^55000$|^3D000$/
const NETWORK_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
])
/** The client has no codes for these. */
const CLIENT_MESSAGES =
  /^Connection terminated|timeout exceeded when trying to connect|^timeout expired$|Client has encountered a connection/

/** Whether an error of a query says that the database can't answer now, so that the same call may succeed later. */
export function isDatabaseUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (error instanceof AggregateError) return error.errors.some(isDatabaseUnavailable)
  const { code = '' } = error as { code?: string }
  if (error instanceof DatabaseError) return PASSING.test(code)
  return NETWORK_CODES.has(code) || CLIENT_MESSAGES.test(error.message)
}
