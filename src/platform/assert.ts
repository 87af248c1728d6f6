/** Throws when a thing that our own code guarantees does not hold. Never for bad input: that is an AppError. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(`assertion failed: ${message}`)
}
