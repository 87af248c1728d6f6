import type { Config } from '../config/config.ts'
import type { EgressPolicy } from '../domain/egress.ts'
import type { FetchMedia } from '../gateway/ports.ts'
import { createFetchMedia } from '../upstream/fetch-media.ts'
import { createGuardedHttp } from '../upstream/guarded-http.ts'

const MEDIA_TIMEOUT_MS = 15_000
const MEDIA_BYTES_MAX = 20 * 1_048_576

/** Reads images and files that callers name, from public addresses and from networks that the operator opened. */
export function createMedia(config: Config, egress: EgressPolicy): FetchMedia {
  const send = createGuardedHttp({
    egress,
    connectTimeoutMs: config.upstreamConnectTimeoutMs,
    timeoutMs: MEDIA_TIMEOUT_MS,
    answerBytesMax: MEDIA_BYTES_MAX,
    // What is at such an address anybody may see.
    allowsPlain: true,
  })
  return createFetchMedia(send)
}
