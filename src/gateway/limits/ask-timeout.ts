/** Ends the wait for an answer. An answer that is there already, and was only not read yet because this process was busy, counts. */
export class AskTimeout {
  readonly #timeoutMs: number

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs
  }

  async within<T>(answer: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_resolve, reject) => {
      const giveUp = () => reject(new Error(`no answer within ${this.#timeoutMs} ms`))
      // Timers run before sockets are read, immediates after.
      timer = setTimeout(() => setImmediate(giveUp), this.#timeoutMs)
    })
    try {
      return await Promise.race([answer, late])
    } finally {
      clearTimeout(timer)
    }
  }
}
