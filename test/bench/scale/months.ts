export interface Month {
  partition: string
  /** Epoch milliseconds; `to` is now in the running one, `end` where the next begins. */
  from: number
  to: number
  end: number
}

/** The running month and those before it, the oldest first. */
export function monthsBack(count: number, now: number): Month[] {
  const date = new Date(now)
  return Array.from({ length: count }, (_, at) => {
    const [from, end] = [at, at + 1].map((offset) =>
      Date.UTC(date.getUTCFullYear(), date.getUTCMonth() - count + 1 + offset, 1),
    ) as [number, number]
    const partition = `generation_${new Date(from).toISOString().slice(0, 7).replace('-', '_')}`
    return { partition, from, to: Math.min(end, now), end }
  })
}
