import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { z } from 'zod'
import type { Session } from '../../access/session.tsx'
import { authApi } from '../../api/auth-api.ts'
import { SESSION_QUERY } from '../../api/use-operation.ts'

export type User = NonNullable<Session['user']>

/** One change of one's own login, after which what is known of it is asked for again. */
export function useChange<Answer extends z.ZodType>(
  path: string,
  answer: Answer,
  { method = 'POST', onDone }: { method?: 'POST' | 'DELETE'; onDone?: () => void } = {},
) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (body: Readonly<Record<string, unknown>>) =>
      authApi(method, path, method === 'POST' ? { body, answer } : { answer }),
    onSuccess: async () => {
      onDone?.()
      await client.invalidateQueries({ queryKey: SESSION_QUERY })
      await client.invalidateQueries({ queryKey: ['profile'] })
    },
  })
}
