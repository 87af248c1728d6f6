import type { NanoUsd } from '../../domain/money.ts'
import type { IdempotentRequest } from '../ports.ts'

/** UTF-8 bytes of an answer that is kept. */
const ANSWER_BYTES_MAX = 1_048_576

/** How a request ended, for those that repeat it. */
export type Ending =
  | { kind: 'answered'; generationId: string; answer: string }
  | { kind: 'failed'; error: unknown }
  | { kind: 'not_kept'; generationId: string }

/** `isWithoutEffect`: it may be tried again. */
export type OnRunEnd = (run: OwnRun, ending: Ending, isWithoutEffect: boolean) => Promise<void>

/** A request with an `Idempotency-Key` that this process runs, or is about to. Those that repeat it wait for `ending`. */
export class OwnRun {
  readonly request: IdempotentRequest
  readonly ending: Promise<Ending>
  readonly #onEnd: OnRunEnd
  #resolve: (ending: Ending) => void = () => {}
  #answer = ''
  #bytes = 0
  #isUnkept = false
  /** All that it may be sent to. */
  models: readonly string[] = []

  constructor(request: IdempotentRequest, onEnd: OnRunEnd) {
    this.request = request
    this.#onEnd = onEnd
    this.ending = new Promise((resolve) => {
      this.#resolve = resolve
    })
  }

  /** Where the request itself demands zero data retention. */
  keepNothing(): void {
    this.#isUnkept = true
    this.#answer = ''
  }

  /** A piece of the answer's body, as it was sent. */
  record(text: string): void {
    this.#bytes += Buffer.byteLength(text)
    if (this.#bytes > ANSWER_BYTES_MAX) this.keepNothing()
    if (!this.#isUnkept) this.#answer += text
  }

  /** Everything that will be recorded is. `charged`: what it cost; null where that isn't known. */
  async end(isAnswered: boolean, charged: NanoUsd | null): Promise<void> {
    const { generationId } = this.request
    const isKept = isAnswered && !this.#isUnkept
    await this.#end(
      isKept ? { kind: 'answered', generationId, answer: this.#answer } : { kind: 'not_kept', generationId },
      !isAnswered && charged === 0n,
    )
  }

  /** As `end`, where the caller got an error in place of an answer. */
  async fail(error: unknown, charged: NanoUsd | null): Promise<void> {
    if (charged === 0n) await this.#end({ kind: 'failed', error }, true)
    else await this.end(false, charged)
  }

  /** What another process made of it. */
  endAs(ending: Ending): void {
    this.#resolve(ending)
  }

  /** Who learns of a failure may try again at once, and must not find this one. An answer waits for nothing. */
  async #end(ending: Ending, isWithoutEffect: boolean): Promise<void> {
    const stored = this.#onEnd(this, ending, isWithoutEffect)
    if (isWithoutEffect) await stored
    this.#resolve(ending)
  }
}
