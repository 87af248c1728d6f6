import type { ClientProtocol } from '../dialects/protocol.ts'
import { PROTOCOLS } from '../dialects/protocols.ts'

/** Before the path of each protocol. */
export const API_BASE = '/api/v1'
const LIST = Object.values(PROTOCOLS).map((protocol) => ({ protocol, path: API_BASE + protocol.path }))

/** The protocol whose requests come to the address, with or without a slash and a query behind it. */
export function protocolAt(url: string): ClientProtocol | undefined {
  for (const { path, protocol } of LIST) if (url.startsWith(path) && isEnd(url, path.length)) return protocol
  return undefined
}

function isEnd(url: string, at: number): boolean {
  const rest = url[at] === '/' ? at + 1 : at
  return url.length === rest || url[rest] === '?'
}
