import type { ClientProtocol } from '../dialects/protocol.ts'
import { PROTOCOLS } from '../dialects/protocols.ts'

/** Before the path of each protocol. */
export const API_BASE = '/api/v1'

export interface InferencePlace {
  protocol: ClientProtocol
  path: string
  /** Whether the tokens of a request are to be counted, and nothing answered. */
  isTokenCount: boolean
}

const LIST: readonly InferencePlace[] = [
  ...Object.values(PROTOCOLS).map((protocol) => ({ protocol, path: API_BASE + protocol.path, isTokenCount: false })),
  {
    protocol: PROTOCOLS.messages,
    path: `${API_BASE}${PROTOCOLS.messages.path}/count_tokens`,
    isTokenCount: true,
  },
]

/** What comes to the address, with or without a slash and a query behind it, where that is for a model. */
export function placeAt(url: string): InferencePlace | undefined {
  return LIST.find(({ path }) => url.startsWith(path) && isEnd(url, path.length))
}

function isEnd(url: string, at: number): boolean {
  const rest = url[at] === '/' ? at + 1 : at
  return url.length === rest || url[rest] === '?'
}
