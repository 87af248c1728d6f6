import type { NanoUsd } from './money.ts'

/** What we worked out for a model on a UTC day, and what its provider said of the same requests. */
export interface OurCost {
  date: string
  model: string
  cost: NanoUsd
  reported: NanoUsd
}

/** A line of a provider's bill, in parts of a nano-dollar as small as `BILL_SCALE` tells, so that no sum of lines is rounded. */
export interface BilledCost {
  date: string
  /** As the provider calls it; empty where the bill doesn't tell. */
  model: string
  amount: bigint
}

/** Decimals of a dollar in a bill. */
export const BILL_SCALE = 18
const PER_NANO = 10n ** BigInt(BILL_SCALE - 9)

export interface ReconciledRow {
  date: string
  model: string
  /** Null where only the other side has it. */
  ours: NanoUsd | null
  theirs: NanoUsd | null
  reported: NanoUsd
}

export interface Reconciliation {
  /** By day, then model. */
  rows: ReconciledRow[]
  ours: NanoUsd
  theirs: NanoUsd
  reported: NanoUsd
}

/** The name of what bills without models are compared by. */
export const ALL_MODELS = '(all models)'

/**
 * Lays a bill beside what we worked out, by day and model. `nameOf` says what we call the provider's models. Where the bill tells no
 * model at all, days are compared; where it tells none of a single line, that line stands alone.
 */
export function reconcile(
  ours: readonly OurCost[],
  theirs: readonly BilledCost[],
  nameOf: (model: string) => string,
): Reconciliation {
  const hasModels = theirs.length === 0 || theirs.some(({ model }) => model !== '')
  const rows = new Map<string, { date: string; model: string; ours?: NanoUsd; billed?: bigint; reported: NanoUsd }>()
  const rowOf = (date: string, name: string) => {
    const model = hasModels ? name : ALL_MODELS
    const key = `${date} ${model}`
    const row = rows.get(key) ?? { date, model, reported: 0n }
    rows.set(key, row)
    return row
  }
  for (const { date, model, cost, reported } of ours) {
    const row = rowOf(date, model)
    row.ours = (row.ours ?? 0n) + cost
    row.reported += reported
  }
  for (const { date, model, amount } of theirs) {
    const row = rowOf(date, nameOf(model))
    row.billed = (row.billed ?? 0n) + amount
  }
  const sorted = [...rows.entries()].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, row]) => row)
  return {
    rows: sorted.map(({ date, model, ours: cost, billed, reported }) => ({
      ...{ date, model, ours: cost ?? null, reported },
      theirs: billed === undefined ? null : toNano(billed),
    })),
    ours: sum(ours.map(({ cost }) => cost)),
    theirs: toNano(sum(theirs.map(({ amount }) => amount))),
    reported: sum(ours.map(({ reported }) => reported)),
  }
}

/** To the nearest nano-dollar. */
export function toNano(billed: bigint): NanoUsd {
  const half = billed < 0n ? -PER_NANO / 2n : PER_NANO / 2n
  return (billed + half) / PER_NANO
}

const sum = (amounts: readonly bigint[]) => amounts.reduce((total, amount) => total + amount, 0n)
const magnitude = (amount: bigint) => (amount < 0n ? -amount : amount)

/** How far apart both totals are, in ten-thousandths of a per cent of the bill, rounded up; null where the bill comes to nothing and ours
 *  doesn't. */
export function distanceOf({ ours, theirs }: Pick<Reconciliation, 'ours' | 'theirs'>): bigint | null {
  const apart = magnitude(ours - theirs) * 1_000_000n
  if (apart === 0n) return 0n
  return theirs === 0n ? null : (apart + magnitude(theirs) - 1n) / magnitude(theirs)
}

const DATED = /-(?:\d{4}-\d{2}-\d{2}|\d{8})$/

/**
 * Finds what we call a model that its provider names otherwise: the same name; the same but for the author, signs and capitals
 * ("Claude Haiku 4.5" is `anthropic/claude-haiku-4.5`); the same but for the date of a snapshot. What fits several of ours, or none, keeps
 * the provider's name. `given` comes first.
 */
export function modelNames(
  ours: Iterable<string>,
  given: ReadonlyMap<string, string> = new Map(),
): (model: string) => string {
  const names = new Set(ours)
  const plain = Map.groupBy(names, plainName)
  const undated = Map.groupBy(names, (name) => plainName(name).replace(DATED, ''))
  const only = (found: readonly string[] | undefined) => (found?.length === 1 ? found[0] : undefined)
  return (model) => {
    const wanted = plainName(model)
    const short = wanted.replace(DATED, '')
    const same = names.has(model) ? model : only(plain.get(wanted))
    return given.get(model) ?? same ?? only(plain.get(short)) ?? only(undated.get(short)) ?? model
  }
}

/** Without the author and what is before it, in small letters, with dashes for all that is no letter or digit. */
function plainName(model: string): string {
  return model
    .slice(model.lastIndexOf('/') + 1)
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '-')
}
