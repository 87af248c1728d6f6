import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { ErrorState, LoadingRows } from './states.tsx'

/** What was asked for, once it is there; until then its shape, and what went wrong where it doesn't come. */
export function Loaded<Data>({
  query,
  what,
  rows = 6,
  children,
}: {
  query: UseQueryResult<Data, Error>
  /** In a sentence: `Could not load the keys`. */
  what: string
  rows?: number
  children: (data: Data) => ReactNode
}) {
  if (query.isPending) return <LoadingRows label={what} rows={rows} />
  if (query.isError) return <ErrorState error={query.error} retry={() => void query.refetch()} what={what} />
  return children(query.data)
}
