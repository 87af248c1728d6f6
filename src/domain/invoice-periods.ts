/*
 * Months are dates of their first day, `YYYY-MM-01`, in UTC, so that they sort as text.
 */

/** The first day of the month `count` months later; earlier when negative. */
export function addMonths(month: string, count: number): string {
  const first = new Date(`${month}T00:00:00Z`)
  first.setUTCMonth(first.getUTCMonth() + count)
  return first.toISOString().slice(0, 10)
}

/**
 * The months for which an invoice is to be issued, in order. `owed` are months with charges that are on no invoice, `last` is
 * the month of the newest invoice, and only months before `closed` are over. A month has one invoice at most, so what came
 * late for a month that has one waits for the next invoice: that of a month with charges, else that of the last month over.
 */
export function duePeriods(owed: readonly string[], last: string | null, closed: string): string[] {
  const isNew = (month: string) => last === null || month > last
  const due = owed.filter((month) => month < closed && isNew(month)).toSorted()
  const hasLate = owed.some((month) => !isNew(month))
  const newest = addMonths(closed, -1)
  return due.length === 0 && hasLate && isNew(newest) ? [newest] : due
}
