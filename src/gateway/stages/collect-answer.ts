import { GatheredBytes } from '../../platform/gathered-bytes.ts'
import type { Upstream, UpstreamCall, UpstreamFailure, UpstreamRequest } from '../ports.ts'

const ANSWER_BYTES_MAX = 64 * 1_048_576

export interface CollectedAnswer {
  status: number
  headers: Readonly<Record<string, string | string[] | undefined>>
  text: string
}

/** Sends a request and gathers its whole answer (at most 64 MiB), for at most `deadlineMs`. */
export function collectAnswer(
  upstream: Upstream,
  request: UpstreamRequest,
  deadlineMs: number,
): Promise<CollectedAnswer | UpstreamFailure> {
  return new Promise((resolve) => {
    let status = 0
    let headers: CollectedAnswer['headers'] = {}
    const gathered = new GatheredBytes()
    const finish = (result: CollectedAnswer | UpstreamFailure) => {
      clearTimeout(timer)
      resolve(result)
    }
    const call: UpstreamCall = upstream.send(request, {
      onHeaders(receivedStatus, receivedHeaders) {
        status = receivedStatus
        headers = receivedHeaders
      },
      onData(chunk) {
        if (gathered.length + chunk.length <= ANSWER_BYTES_MAX) {
          gathered.append(chunk)
          return
        }
        call.abort()
        finish({ kind: 'reset', message: 'answer too large' })
      },
      onEnd() {
        finish({ status, headers, text: gathered.bytes.toString('utf8') })
      },
      onFailure: finish,
    })
    const timer = setTimeout(() => {
      call.abort()
      finish({ kind: 'timeout', message: 'deadline' })
    }, deadlineMs)
  })
}
