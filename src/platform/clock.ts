/** The two times the program may ask for. Everything takes its time from here, so that tests can run under a fake clock. */
export interface Clock {
  /** Epoch milliseconds, UTC. May jump when the machine's clock is set. */
  now(): number
  /** Milliseconds from an arbitrary origin; never goes back. For deadlines and durations. */
  monotonic(): number
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
}
