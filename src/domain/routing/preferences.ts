import type { ProviderPreferences } from '../../contract/inference/chat-completions.ts'

/** What a request's `provider` object says. */
export type PlanPreferences = ProviderPreferences

export const SORTS = ['price', 'throughput', 'latency', 'exacto'] as const
export type SortBy = (typeof SORTS)[number]

/** What a setting kept as text says; null where it says nothing. */
export function toSort(text: string | null | undefined): SortBy | null {
  return SORTS.find((sort) => sort === text) ?? null
}

/** By what the request itself wants its endpoints sorted, or null. */
export function sortOf({ sort }: PlanPreferences): SortBy | null {
  if (sort == null) return null
  return typeof sort === 'string' ? sort : (sort.by ?? null)
}

/** Whether the endpoints of all models are to be sorted together, which the legacy `route` says too. */
export function isSortedTogether({ sort }: PlanPreferences, route: string | null | undefined): boolean {
  const partition = typeof sort === 'object' ? sort?.partition : undefined
  return partition == null ? route === 'sort' : partition === 'none'
}
