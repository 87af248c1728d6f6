const RETRYABLE = new Set(['40P01', '40001'])
const ATTEMPTS_MAX = 10

/** Does `work` again after a deadlock or a serialization failure, which leave nothing behind. */
export async function tryAgain<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work()
    } catch (error) {
      const code = (error as { code?: string }).code ?? ''
      if (!RETRYABLE.has(code) || attempt >= ATTEMPTS_MAX) throw error
    }
  }
}
