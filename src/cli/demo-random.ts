/** Numbers in 0…1. */
export type Random = () => number

/** Mulberry32: the same numbers for the same seed. */
export function randomOf(seed: number): Random {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** One of the list, each as often as its weight says. */
export function choose<T>(list: readonly T[], random: Random, weightOf: (one: T) => number = () => 1): T {
  let at = random() * list.reduce((sum, one) => sum + weightOf(one), 0)
  const chosen = list.find((one) => {
    at -= weightOf(one)
    return at < 0
  })
  const [first] = list
  if (chosen === undefined && first === undefined) throw new Error('nothing to choose from')
  return (chosen ?? first) as T
}
