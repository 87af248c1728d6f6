/** Money that is out of reach for a while, or for good: held, charged, or with a replica that is down. Milliseconds, ends included. */
export interface TakenSpan {
  from: number
  until: number
  amount: bigint
}

export interface Refusal {
  sentAt: number
  /** When the caller had the answer. */
  endedAt: number
  /** What the smallest form of the request would have held. */
  needed: bigint
}

/**
 * A refusal is right when limit − settled − open holds was less than `needed` when it was decided. Callers see holds for longer
 * than they are taken, and a decision only when its answer comes; so wrong are those for whom there was enough all the time from
 * `windowMs` before the answer, or from when they asked, until it came. Returns the wrong ones.
 */
export function wrongRefusals<R extends Refusal>(
  refusals: readonly R[],
  { limit, spans, windowMs }: { limit: bigint; spans: readonly TakenSpan[]; windowMs: number },
): R[] {
  const steps = stepsOf(spans)
  return refusals.filter(({ sentAt, endedAt, needed }) => {
    return limit - mostTaken(steps, Math.max(sentAt, endedAt - windowMs), endedAt) >= needed
  })
}

interface Step {
  at: number
  /** From now on; at the moment itself also what ends with it. */
  taken: bigint
  most: bigint
}

function stepsOf(spans: readonly TakenSpan[]): Step[] {
  const changes = new Map<number, { begins: bigint; ends: bigint }>()
  const change = (at: number) => {
    const known = changes.get(at) ?? { begins: 0n, ends: 0n }
    changes.set(at, known)
    return known
  }
  for (const { from, until, amount } of spans) {
    change(from).begins += amount
    change(until).ends += amount
  }
  let taken = 0n
  return [...changes]
    .toSorted(([a], [b]) => a - b)
    .map(([at, { begins, ends }]) => {
      const most = taken + begins
      taken = most - ends
      return { at, taken, most }
    })
}

function mostTaken(steps: readonly Step[], from: number, until: number): bigint {
  const next = steps.findIndex(({ at }) => at >= from)
  const first = next < 0 ? steps.length : next
  let most = steps[first - 1]?.taken ?? 0n
  for (let index = first; index < steps.length; index += 1) {
    const step = steps[index]
    if (step === undefined || step.at > until) break
    if (step.most > most) most = step.most
  }
  return most
}
