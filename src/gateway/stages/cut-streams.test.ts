import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type Relayed, relayStream, STREAM_REQUESTS } from '../../../test/harness/relayed-stream.ts'
import { PROTOCOLS } from '../../dialects/protocols.ts'
import { AppError } from '../../domain/app-error.ts'
import type { DialectName } from '../../domain/catalogue.ts'
import type { Upstream } from '../ports.ts'

/*
 * Streams of each dialect, cut after every byte, for every client protocol: each ends in one valid terminal event, or in an
 * error before the first byte, and is settled and recorded once. A folder of `test/fixtures/streams` is a dialect's.
 */

const CORPUS = join(import.meta.dirname, '../../../test/fixtures/streams')
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
        tell(() => receiver.onHeaders(200, { 'content-type': 'text/event-stream' }))
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

/** How many events end a stream; fails where one of them isn't the last. */
function countEnds(protocol: string, text: string): number {
  const events = text.split('\n\n').filter((event) => event !== '' && !event.startsWith(':'))
  const data = events.map((event) => event.replace(/^event: .*\n/, '').replace(/^data: /, ''))
  const ends = [...data.keys()].filter((at) => isTerminal(protocol, data[at] ?? ''))
  expect(ends.at(-1)).toBe(data.length - 1)
  return ends.length
}

function isTerminal(protocol: string, data: string): boolean {
  if (data === '[DONE]') return true
  const event = JSON.parse(data) as { error?: unknown; type?: string }
  if (protocol === 'responses') return /^(response\.(completed|incomplete|failed)|error)$/.test(event.type ?? '')
  if (protocol === 'messages') return /^(message_stop|error)$/.test(event.type ?? '')
  return event.error !== undefined
}

async function expectOneEnd(protocol: string, { charges, ended, records, response }: Relayed): Promise<void> {
  const refusal = await ended
  expect([charges.length, records.length]).toEqual([1, 1])
  if (refusal !== undefined) {
    expect(refusal).toBeInstanceOf(AppError)
    expect([response.text, response.ends, charges[0]]).toEqual(['', 0, 0n])
    return
  }
  expect(response.ends).toBe(1)
  expect(countEnds(protocol, response.text)).toBe(1)
  expect(charges[0]).toBeGreaterThan(0n)
}

for (const folder of readdirSync(CORPUS, { withFileTypes: true })) {
  if (!folder.isDirectory()) continue
  const dialect = folder.name as DialectName
  const protocols = Object.values(PROTOCOLS).filter(({ name }) => name in STREAM_REQUESTS)
  describe.each(protocols)(`${dialect} for $name`, (protocol) => {
    test.each(readdirSync(join(CORPUS, dialect)))(
      'F4 %s, cut after every byte, ends once and is charged once',
      async (file) => {
        const bytes = readFileSync(join(CORPUS, dialect, file))
        for (const ending of ENDINGS) {
          for (let at = 0; at <= bytes.length; at += 1) {
            const relayed = relayStream({ protocol, dialect, upstream: cutUpstream(bytes.subarray(0, at), ending) })
            try {
              await expectOneEnd(protocol.name, relayed)
            } catch (error) {
              throw new Error(`${ending} after byte ${at}: ${JSON.stringify(relayed.response.text)}`, { cause: error })
            }
          }
        }
      },
    )
  })
}
