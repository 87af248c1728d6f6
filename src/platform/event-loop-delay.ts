import { monitorEventLoopDelay } from 'node:perf_hooks'

type IntervalHistogram = ReturnType<typeof monitorEventLoopDelay>

const RESOLUTION_MS = 10
const WINDOW_MS = 60_000
const NANOSECONDS = 1e9

/** How late this process comes to what is due, over the last minute or two. Runs as long as the process. */
export class EventLoopDelay {
  private current = begin()
  private last: IntervalHistogram | undefined

  constructor() {
    setInterval(() => this.turn(), WINDOW_MS).unref()
  }

  /** Seconds that 99 in 100 looks were late at the most, within 10 ms; 0 before the first look. */
  p99Seconds(): number {
    return Math.max(lateness(this.current), this.last === undefined ? 0 : lateness(this.last))
  }

  private turn(): void {
    this.current.disable()
    this.last = this.current
    this.current = begin()
  }
}

function begin(): IntervalHistogram {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  histogram.enable()
  return histogram
}

/** The histogram counts the pause between two looks, too. */
function lateness(histogram: IntervalHistogram): number {
  if (histogram.count === 0) return 0
  return Math.max(0, histogram.percentile(99) / NANOSECONDS - RESOLUTION_MS / 1000)
}
