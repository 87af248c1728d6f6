const STEPS = [
  { from: 1e12, unit: 'T' },
  { from: 1e9, unit: 'B' },
  { from: 1e6, unit: 'M' },
  { from: 1e3, unit: 'k' },
] as const

/** Tokens, requests: 950, 12.4k, 3.1M. */
export function formatCount(count: number): string {
  const size = Math.abs(count)
  const step = STEPS.find(({ from }) => size >= from * 0.99995)
  if (step === undefined) return String(Math.round(count))
  const scaled = count / step.from
  return `${Math.abs(scaled) >= 100 ? Math.round(scaled) : trimZero(scaled.toFixed(1))}${step.unit}`
}

/** With separators, for where the exact figure counts. */
export function formatExactCount(count: number): string {
  return count.toLocaleString('en-US')
}

/** Milliseconds below ten seconds, then seconds. On an axis `largest` chooses for all of them: one that mixes units is misread. */
export function formatLatency(milliseconds: number | null, largest = milliseconds ?? 0): string {
  if (milliseconds === null) return '–'
  if (largest < 10_000) return `${Math.round(milliseconds).toLocaleString('en-US')} ms`
  return `${trimZero((milliseconds / 1000).toFixed(1))} s`
}

/** `share` is 0 to 1. */
export function formatShare(share: number | null): string {
  if (share === null) return '–'
  const percent = share * 100
  return `${percent !== 0 && percent < 10 ? trimZero(percent.toFixed(1)) : Math.round(percent)} %`
}

function trimZero(text: string): string {
  return text.replace(/\.0$/, '')
}
