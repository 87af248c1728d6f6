import type { ServerResponse } from 'node:http'
import { fillTemplate } from '../../domain/answer-template.ts'
import type { Inference } from '../inference.ts'
import { settle } from '../stages/settle.ts'
import type { CachedHit } from './caching.ts'

/**
 * Gives an answer again, under the id of the present inference, which is recorded with what it is: nothing used, nothing charged.
 * A stream comes whole, at once. `record` is told what is sent.
 */
export async function answerFromCache(
  inference: Inference,
  { answer, endpoint }: CachedHit,
  response: ServerResponse,
  { headers, record }: { headers: Record<string, string | number>; record: ((text: string) => void) | undefined },
): Promise<void> {
  const transcript = inference.newTranscript()
  if (answer.said !== null) transcript?.add(answer.said)
  const { recorded } = settle(inference, {
    kind: 'done',
    endpoint,
    attempts: [],
    failure: null,
    usage: undefined,
    usageRaw: null,
    upstreamId: null,
    finishReason: answer.finishReason,
    nativeFinishReason: answer.nativeFinishReason,
    outputBytes: 0,
    contentChunks: 0,
    latencyMs: inference.parts.clock.monotonic() - inference.startedAt,
    transcript,
  })
  await recorded
  const from = { id: answer.generationId, created: answer.created }
  const text = fillTemplate(answer.text, from, { id: inference.open.id, created: inference.created })
  record?.(text)
  headers['content-length'] = Buffer.byteLength(text)
  response.writeHead(200, headers).end(text)
}
