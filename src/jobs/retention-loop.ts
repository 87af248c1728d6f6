import type { Observe } from '../observe/observation.ts'
import { RepeatLoop } from './repeat-loop.ts'

export interface RetentionLoopOptions {
  intervalMs: number
  /** Deletes what is too old and says how many rows that were. */
  sweep: () => Promise<number>
  /** What is swept, for the operator. */
  what: string
  observe: Observe
}

/** Deletes what has been kept long enough, at the start and regularly, one sweep at a time. */
export class RetentionLoop extends RepeatLoop {
  constructor({ intervalMs, observe, sweep, what }: RetentionLoopOptions) {
    super({
      intervalMs,
      run: async () => {
        const count = await sweep()
        if (count > 0) observe({ type: 'retention_swept', what, count })
      },
      onFailure: (message) => observe({ type: 'retention_failed', what, message }),
    })
  }
}
