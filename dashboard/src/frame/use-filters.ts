import { useNavigate, useSearch } from '@tanstack/react-router'
import type { z } from 'zod'

type Texts = Readonly<Record<string, string | undefined>>

/**
 * What the address says of a page: its filters, its place in a list, what is open. All are texts there; `schema` says which
 * ones the page knows, and each must be able to do without one. Changing them makes an entry of the browser's history.
 */
export function useFilters<Schema extends z.ZodType>(schema: Schema): [z.output<Schema>, (change: Texts) => void] {
  const search = useSearch({ strict: false }) as Texts
  const navigate = useNavigate()
  const read = schema.safeParse(search)
  const filters = read.success ? read.data : schema.parse({})
  const change = (changes: Texts) => {
    const kept = Object.entries({ ...search, ...changes }).filter(([, value]) => value !== undefined && value !== '')
    void navigate({ to: '.', search: Object.fromEntries(kept) as never })
  }
  return [filters, change]
}

/** The pager of a list whose place the address says. */
export function pageOf(offset: number, size: number, change: (changes: Texts) => void) {
  return { offset, size, onOffset: (next: number) => change({ offset: next === 0 ? undefined : String(next) }) }
}
