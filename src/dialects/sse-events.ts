import { parseObject } from './json-fields.ts'
import { LineReader } from './sse-lines.ts'

const LINE_BYTES_MAX = 4 * 1_048_576
const END = '[DONE]'
/** Up to so many lines an event is looked at with each of them, because some providers put no empty line behind; a longer one is read
 *  when it is whole, so that the work grows with what came and not with its square. */
const EAGER_LINES_MAX = 16

/** The JSON objects that a stream of server-sent events carries as data, however its bytes are cut. Names of events are left
 *  aside: the formats that have them tell them in the data too. */
export class SseEvents {
  readonly #bytesMax: number
  readonly #parse: typeof parseObject
  readonly #lines: LineReader
  /** Lines of data of an event that isn't whole, and how many characters they have. */
  #begun: string[] = []
  #length = 0
  /** What is wrong with the stream; what comes behind it isn't read. */
  problem: string | undefined
  /** Whether `[DONE]` has come; what comes behind it isn't read. */
  isEnded = false

  /** `bytesMax`: of one event. */
  constructor(bytesMax = LINE_BYTES_MAX, parse = parseObject) {
    this.#bytesMax = bytesMax
    this.#parse = parse
    this.#lines = new LineReader(bytesMax)
  }

  /** What `chunk` completes. */
  push(chunk: Buffer): Record<string, unknown>[] {
    if (this.#isOver) return []
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
    if (this.#isOver) return []
    const rest = this.#lines.rest()
    const events = rest === '' ? [] : this.#read([rest])
    if (this.#begun.length > EAGER_LINES_MAX) this.#readBegun(events)
    return events
  }

  /** Whether nothing of an event waits for the rest of it. */
  get isAtRest(): boolean {
    return this.#begun.length === 0
  }

  get #isOver(): boolean {
    return this.isEnded || this.problem !== undefined
  }

  #read(lines: readonly string[]): Record<string, unknown>[] {
    const events: Record<string, unknown>[] = []
    for (const line of lines) {
      if (line === '') this.#endEvent(events)
      else if (line.startsWith('data:')) this.#readData(line.slice(line[5] === ' ' ? 6 : 5), events)
      if (this.#isOver) break
    }
    return events
  }

  #readData(data: string, events: Record<string, unknown>[]): void {
    if (data === END) {
      this.isEnded = true
      return
    }
    if (this.#begun.length === 0) {
      const event = this.#parse(data)
      if (event !== undefined) {
        events.push(event)
        return
      }
    }
    this.#begun.push(data)
    this.#length += data.length
    if (this.#length > this.#bytesMax) this.problem = 'The provider sent an event that is too long'
    else if (this.#begun.length > 1 && this.#begun.length <= EAGER_LINES_MAX) this.#readBegun(events)
  }

  #endEvent(events: Record<string, unknown>[]): void {
    if (this.#begun.length > EAGER_LINES_MAX) this.#readBegun(events)
    if (this.#begun.length > 0) this.problem = 'The provider sent an invalid event'
  }

  #readBegun(events: Record<string, unknown>[]): void {
    const event = this.#parse(this.#begun.join('\n'))
    if (event === undefined) return
    this.#begun = []
    this.#length = 0
    events.push(event)
  }
}
