import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface ClockShift {
  /** For the environment of a gateway. */
  readonly env: Readonly<Record<string, string>>
  /** From now on (within a moment) its wall clock is wrong by this much. */
  set(ms: number): void
  remove(): void
}

export function createClockShift(ms: number): ClockShift {
  const directory = mkdtempSync(join(tmpdir(), 'sw-clock-'))
  const file = join(directory, 'shift')
  writeFileSync(file, String(ms))
  const preload = join(import.meta.dirname, 'shifted-clock.ts')
  return {
    env: { CLOCK_SHIFT_FILE: file, NODE_OPTIONS: `--import=${preload} --disable-warning=ExperimentalWarning` },
    set: (next) => writeFileSync(file, String(next)),
    remove: () => rmSync(directory, { recursive: true }),
  }
}
