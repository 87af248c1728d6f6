/**
 * Whose turn it is at the engine: callers' messages, in the order they come, or statements of our own, each of which waits for
 * the end of a caller's transaction and lets nothing begin until it is done. The engine has one session: inside a transaction
 * a statement that fails there would undo what the caller did.
 */
export class EngineTurns<Message> {
  readonly #isInTransaction: () => boolean
  readonly #answer: (message: Message) => void
  readonly #heldBack: Message[] = []
  readonly #statements: (() => Promise<void>)[] = []
  #isStatementRunning = false

  constructor(options: { isInTransaction: () => boolean; answer: (message: Message) => void }) {
    this.#isInTransaction = options.isInTransaction
    this.#answer = options.answer
  }

  message(message: Message): void {
    if (this.#isStatementRunning) {
      this.#heldBack.push(message)
      return
    }
    this.#answer(message)
    this.#next()
  }

  statement<T>(run: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#statements.push(() => run().then(resolve, reject))
      this.#next()
    })
  }

  #next(): void {
    if (this.#isStatementRunning || this.#isInTransaction()) return
    const run = this.#statements.shift()
    if (run === undefined) return
    this.#isStatementRunning = true
    void run().finally(() => {
      this.#isStatementRunning = false
      for (const message of this.#heldBack.splice(0)) this.#answer(message)
      this.#next()
    })
  }
}
