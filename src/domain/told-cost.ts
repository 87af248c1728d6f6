import { fromUsd, type NanoUsd } from './money.ts'

/** No answer costs more; whatever is above is a mistake or another currency. */
const MOST_USD = 10_000

/**
 * What a provider says, in `usage.cost`, that its answer costs it in dollars (as OpenRouter and what is compatible with it do), to
 * the nearest nano-dollar. Null where it doesn't say, and for what no answer can cost. It is kept beside what is charged and is
 * never charged: a provider must not be able to change a price.
 */
export function toldCost(usage: Readonly<Record<string, unknown>> | null): NanoUsd | null {
  const cost = usage?.['cost']
  return typeof cost === 'number' && cost >= 0 && cost <= MOST_USD ? fromUsd(cost) : null
}
