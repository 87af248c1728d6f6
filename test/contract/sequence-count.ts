/** How many random sequences a run tries: a quarter of `ci` on PostgreSQL, because what they try is the rules, and those are
 *  the same code on both stores. */
export function sequenceCount({ ci, full }: { ci: number; full: number }): number {
  if (process.env['SWITCHYARD_TEST_SIZE'] === 'full') return full
  return process.env['SWITCHYARD_TEST_STORE'] === 'postgres' ? Math.ceil(ci / 4) : ci
}
