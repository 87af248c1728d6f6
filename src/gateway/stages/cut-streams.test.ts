import { describe, expect, test } from 'vitest'
import { type Relayed, relayStream, STREAM_REQUESTS } from '../../../test/harness/relayed-stream.ts'
import { streamCorpus } from '../../../test/harness/stream-corpus.ts'
import { endProblem } from '../../../test/harness/stream-ends.ts'
import { DIALECTS } from '../../dialects/dialects.ts'
import { PROTOCOLS } from '../../dialects/protocols.ts'
import { AppError } from '../../domain/app-error.ts'
import type { Upstream } from '../ports.ts'

/*
 * Streams of each dialect, cut after every byte, for every client protocol: each ends in one valid terminal event, or in an
 * error before the first byte, and is settled and recorded once.
 */

const ENDINGS = ['closed', 'reset'] as const
const PIECE_BYTES = 37

/** A provider that sends the beginning of a stream in pieces and breaks off. */
function cutUpstream(bytes: Buffer, ending: (typeof ENDINGS)[number]): Upstream {
  return {
    send(_request, receiver) {
      let isOver = false
      const tell = (what: () => void) => {
        if (!isOver) what()
      }
      queueMicrotask(() => {
        tell(() => receiver.onHeaders(200, { 'content-type': 'application/octet-stream' }))
        for (let from = 0; from < bytes.length; from += PIECE_BYTES) {
          tell(() => receiver.onData(bytes.subarray(from, from + PIECE_BYTES)))
        }
        tell(() => (ending === 'closed' ? receiver.onEnd() : receiver.onFailure({ kind: 'reset', message: 'cut' })))
      })
      const abort = () => {
        isOver = true
      }
      return { pause() {}, resume() {}, abort }
    },
  }
}

/** Without `expect`, which takes longer than the relay. */
async function problemWith(
  protocol: string,
  { charges, ended, records, response }: Relayed,
): Promise<string | undefined> {
  const refusal = await ended
  if (charges.length !== 1 || records.length !== 1) return `${charges.length} charges, ${records.length} records`
  if (refusal !== undefined) {
    const isClean = refusal instanceof AppError && response.text === '' && response.ends === 0 && charges[0] === 0n
    return isClean ? undefined : `refused with ${refusal}, charged ${charges}`
  }
  if (response.ends !== 1) return `${response.ends} ends`
  if ((charges[0] === 0n) !== isInsured(records[0])) return `charged ${charges}`
  return endProblem(protocol, response.text)
}

/** Nobody pays for an answer that its provider itself calls an error. */
function isInsured(record: unknown): boolean {
  const line = String(record)
  return line.includes('"outcome":"done"') && line.includes('"finishReason":"error"')
}

const STREAMS = streamCorpus()
const protocols = Object.values(PROTOCOLS).filter(({ name }) => name in STREAM_REQUESTS)

test('there are streams of every dialect, for every client protocol that has some', () => {
  expect(new Set(STREAMS.map(({ dialect }) => dialect))).toEqual(new Set(Object.keys(DIALECTS)))
  expect(protocols).toHaveLength(4)
})

describe.each(protocols)('for $name', (protocol) => {
  test.each(STREAMS)(
    'F4 $dialect $name, cut after every byte, ends once and is charged once',
    async ({ bytes, dialect }) => {
      for (const ending of ENDINGS) {
        for (let at = 0; at <= bytes.length; at += 1) {
          const relayed = relayStream({ protocol, dialect, upstream: cutUpstream(bytes.subarray(0, at), ending) })
          const problem = await problemWith(protocol.name, relayed)
          if (problem !== undefined) throw new Error(`${ending} after byte ${at}: ${problem}\n${relayed.response.text}`)
        }
      }
    },
  )
})
