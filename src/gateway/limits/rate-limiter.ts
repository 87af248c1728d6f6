/** What requests are counted under: the id of a key, or what several keys share. */
export type RateBucket = bigint | string

export interface RateLimiter {
  /** Takes one of `limit` requests a minute, at least 1, of `bucket`. 0 when it was taken, else the milliseconds after which it
   *  may be tried again. Waits for nothing where memory knows the answer. Never throws. */
  take(bucket: RateBucket, limit: number): number | Promise<number>
}
