import { parseObject } from './json-fields.ts'
import { LineReader } from './sse-lines.ts'

const LINE_BYTES_MAX = 4 * 1_048_576
const END = '[DONE]'

/** The JSON objects that a stream of server-sent events carries as data, however its bytes are cut. Names of events are left
 *  aside: the formats that have them tell them in the data too. */
export class SseEvents {
  readonly #lines: LineReader
  #partial = ''
  /** What is wrong with the stream; what comes behind it isn't read. */
  problem: string | undefined

  constructor(lineBytesMax = LINE_BYTES_MAX) {
    this.#lines = new LineReader(lineBytesMax)
  }

  /** What `chunk` completes. */
  push(chunk: Buffer): Record<string, unknown>[] {
    if (this.problem !== undefined) return []
    try {
      return this.#read(this.#lines.push(chunk))
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      this.problem = 'The provider sent a line that is too long'
      return []
    }
  }

  /** A last event whose line has no end. */
  end(): Record<string, unknown>[] {
    const rest = this.#lines.rest()
    return rest === '' || this.problem !== undefined ? [] : this.#read([rest])
  }

  /** Whether nothing of an event waits for the rest of it. */
  get isAtRest(): boolean {
    return this.#partial === ''
  }

  #read(lines: readonly string[]): Record<string, unknown>[] {
    const events: Record<string, unknown>[] = []
    for (const line of lines) {
      if (line === '' && this.#partial !== '') {
        this.problem = 'The provider sent an invalid event'
        break
      }
      if (!line.startsWith('data:')) continue
      const data = line.slice(line[5] === ' ' ? 6 : 5)
      if (data === END) continue
      const event = parseObject(this.#partial + data)
      if (event === undefined) this.#partial = `${this.#partial}${data}\n`
      else {
        this.#partial = ''
        events.push(event)
      }
    }
    return events
  }
}
