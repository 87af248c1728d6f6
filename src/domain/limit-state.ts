/** A limit as a request met it. Amounts are nano-dollars as decimal text, as they are put on record. */
export interface LimitState {
  /** Its place in `Rules.limits`. */
  at: number
  amount: string
  /** In its window, without the request itself. */
  settled: string
  /** By other requests that ran. */
  held: string
}

/** The one that refused a request. */
export interface RefusedLimit {
  limit: LimitState
  /** The least that had to fit. */
  needed: string
  /** The output tokens that would have. */
  affordableTokens: number
}
