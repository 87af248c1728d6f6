/** Money that is out of reach for a while, or for good: held, charged, or with a replica that is down. Milliseconds, ends included. */
export interface TakenSpan {
  from: number
  until: number
  amount: bigint
}

/** From then on so much is taken, until the next. In the order of time; at one moment the greatest counts. */
export interface TakenPoint {
  at: number
  taken: bigint
}

export interface Refusal {
  sentAt: number
  /** When the caller had the answer. */
  endedAt: number
  /** What the smallest form of the request would have held. */
  needed: bigint
  /** From the decision to the caller it took this long at the most. */
  lagMs: number
}

/**
 * A refusal is right when limit − settled − open holds was less than `needed` when it was decided. Nobody sees that as it is: each
 * of `views` may take more for held than was, and a decision is known only by its answer. So wrong are those for whom one view or
 * another showed enough at each moment from `lagMs` before the answer, or from when they asked, until it came. Returns these.
 */
export function wrongRefusals<R extends Refusal>(
  refusals: readonly R[],
  { limit, views }: { limit: bigint; views: readonly (readonly TakenPoint[])[] },
): R[] {
  return refusals.filter(({ sentAt, endedAt, needed, lagMs }) => {
    const from = Math.max(sentAt, endedAt - lagMs)
    const moments = views.flatMap((points) => timesIn(points, from, endedAt))
    return [from, ...moments].every((at) => views.some((points) => limit - mostTaken(points, at) >= needed))
  })
}

/** What all spans take together. */
export function pointsOf(spans: readonly TakenSpan[]): TakenPoint[] {
  const changes = spans.flatMap(({ from, until, amount }) => [
    { at: from, change: amount },
    { at: until, change: -amount },
  ])
  // At one moment those that begin come before those that end.
  changes.sort((a, b) => a.at - b.at || (a.change > b.change ? -1 : 1))
  let taken = 0n
  return changes.map(({ at, change }) => {
    taken += change
    return { at, taken }
  })
}

function timesIn(points: readonly TakenPoint[], from: number, until: number): number[] {
  const times: number[] = []
  for (let index = firstSince(points, from); index < points.length; index += 1) {
    const at = points[index]?.at ?? until
    if (at > until) break
    times.push(at)
  }
  return times
}

/** At this moment, before and after what changes with it. */
function mostTaken(points: readonly TakenPoint[], at: number): bigint {
  const first = firstSince(points, at)
  let most = points[first - 1]?.taken ?? 0n
  for (let index = first; points[index]?.at === at; index += 1) {
    const { taken } = points[index] ?? { taken: 0n }
    if (taken > most) most = taken
  }
  return most
}

/** Index of the first point that isn't before this time. */
function firstSince(points: readonly TakenPoint[], at: number): number {
  let low = 0
  let high = points.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((points[middle]?.at ?? at) < at) low = middle + 1
    else high = middle
  }
  return low
}
