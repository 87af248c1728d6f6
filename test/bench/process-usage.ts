import { readdirSync, readFileSync } from 'node:fs'

const NANOS_PER_TICK = 10_000_000

/** CPU nanoseconds of all threads of the process so far. From the scheduler where it tells, else in ticks of 10 ms. */
export function cpuNanos(pid: number): number {
  try {
    let sum = 0
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      sum += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1').split(' ')[0])
    }
    return sum
  } catch {
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? []
    return (Number(fields[11]) + Number(fields[12])) * NANOS_PER_TICK
  }
}

export function residentMb(pid: number): number {
  const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]
  return Number(kilobytes) / 1_024
}

/** Ticks of all cores since boot, and how many of them were not idle. */
export function machineTicks(): { spent: number; total: number } {
  const ticks =
    readFileSync('/proc/stat', 'latin1').split('\n', 1)[0]?.trim().split(/\s+/).slice(1, 9).map(Number) ?? []
  const total = ticks.reduce((sum, count) => sum + count, 0)
  return { spent: total - (ticks[3] ?? 0) - (ticks[4] ?? 0), total }
}
