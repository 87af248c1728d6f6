export interface TidyReport {
  /** One line each: what is wrong and where. */
  faults: string[]
  /** What could not be looked at, so that silence never passes for a check. */
  notes: string[]
}
