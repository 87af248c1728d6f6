import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'vitest'
import { eventStream } from '../../../test/harness/event-frames.ts'
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

/** The bytes of a stream: as they are, or of the events that a file lists where bytes are no text. */
function streamOf(dialect: string, file: string): Buffer {
  const bytes = readFileSync(join(CORPUS, dialect, file))
  return file.endsWith('.json') ? eventStream(JSON.parse(bytes.toString())) : bytes
}

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

/** What is wrong with the end of a stream, if anything. */
function problemOf(protocol: string, text: string): string | undefined {
  const events = text.split('\n\n').filter((event) => event !== '' && !event.startsWith(':'))
  const data = events.map((event) => event.replace(/^event: .*\n/, '').replace(/^data: /, ''))
  const ends = [...data.keys()].filter((at) => isTerminal(protocol, data[at] ?? ''))
  return ends.length === 1 && ends[0] === data.length - 1 ? undefined : `ends at ${ends} of ${data.length}`
}

function isTerminal(protocol: string, data: string): boolean {
  if (data === '[DONE]') return true
  const event = JSON.parse(data) as { error?: unknown; type?: string }
  if (protocol === 'responses') return /^(response\.(completed|incomplete|failed)|error)$/.test(event.type ?? '')
  if (protocol === 'messages') return /^(message_stop|error)$/.test(event.type ?? '')
  return event.error !== undefined
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
  return charges[0] === 0n ? 'not charged' : problemOf(protocol, response.text)
}

for (const folder of readdirSync(CORPUS, { withFileTypes: true })) {
  if (!folder.isDirectory()) continue
  const dialect = folder.name as DialectName
  const protocols = Object.values(PROTOCOLS).filter(({ name }) => name in STREAM_REQUESTS)
  describe.each(protocols)(`${dialect} for $name`, (protocol) => {
    test.each(readdirSync(join(CORPUS, dialect)))(
      'F4 %s, cut after every byte, ends once and is charged once',
      async (file) => {
        const bytes = streamOf(dialect, file)
        for (const ending of ENDINGS) {
          for (let at = 0; at <= bytes.length; at += 1) {
            const relayed = relayStream({ protocol, dialect, upstream: cutUpstream(bytes.subarray(0, at), ending) })
            const problem = await problemWith(protocol.name, relayed)
            if (problem !== undefined)
              throw new Error(`${ending} after byte ${at}: ${problem}\n${relayed.response.text}`)
          }
        }
      },
    )
  })
}
