import {
  MutationCache,
  QueryCache,
  QueryClient,
  type UseQueryResult,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query'
import type { Operation, RequestOf, ResponseOf } from '../../../src/contract/operation.ts'
import { call } from './call.ts'
import { RequestFailed } from './request-failed.ts'

const FRESH_MS = 10_000
const RETRIES_MAX = 2

/** Who is signed in: the name under which the answer is kept. */
export const SESSION_QUERY = ['session']

export const queryClient = new QueryClient({
  queryCache: new QueryCache({ onError: askAgainWhoIsIn }),
  mutationCache: new MutationCache({ onError: askAgainWhoIsIn }),
  defaultOptions: {
    queries: {
      staleTime: FRESH_MS,
      // What was refused for a reason is refused again.
      retry: (count, error) => count < RETRIES_MAX && error instanceof RequestFailed && isPassing(error),
    },
  },
})

/** A session may end between two calls; the page then makes room for signing in, which says why. */
function askAgainWhoIsIn(error: unknown): void {
  if (error instanceof RequestFailed && error.status === 401)
    void queryClient.invalidateQueries({ queryKey: SESSION_QUERY })
}

function isPassing({ status }: RequestFailed): boolean {
  return status === 0 || status >= 500
}

interface ReadOptions {
  /** Not asked while false. */
  enabled?: boolean
  /** Asked again after so long, while the page is looked at. */
  everyMs?: number
  /** Shows the answer before while another input is asked for. */
  keepsPrevious?: boolean
}

/** What an operation answers, read again when something that changes it was done here. */
export function useOperation<O extends Operation>(
  operation: O,
  input: RequestOf<O>,
  { enabled = true, everyMs, keepsPrevious = false }: ReadOptions = {},
): UseQueryResult<ResponseOf<O>, Error> {
  return useQuery<ResponseOf<O>, Error>({
    queryKey: [operation.id, input],
    queryFn: () => call(operation, input),
    enabled,
    ...(everyMs === undefined ? {} : { refetchInterval: everyMs }),
    ...(keepsPrevious ? { placeholderData: ((before: unknown) => before) as never } : {}),
  })
}

/** Carries a change out and has what it touches read again: all answers of `refreshes`. */
export function useChange<O extends Operation>(
  operation: O,
  { refreshes, onDone }: { refreshes: readonly Operation[]; onDone?: (answer: ResponseOf<O>) => void },
) {
  const client = useQueryClient()
  return useMutation<ResponseOf<O>, Error, RequestOf<O>>({
    mutationFn: (input) => call(operation, input),
    onSuccess: async (answer) => {
      onDone?.(answer)
      await Promise.all(refreshes.map(({ id }) => client.invalidateQueries({ queryKey: [id] })))
    },
  })
}
