import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { SESSION_QUERY } from '../../api/use-operation.ts'

/** Takes whoever has just signed in to where they wanted to go: a page of this installation and no other. */
export function useSignedIn(next: string | undefined): () => Promise<void> {
  const client = useQueryClient()
  const navigate = useNavigate()
  return async () => {
    client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'auth-options' })
    await client.invalidateQueries({ queryKey: SESSION_QUERY })
    const { pathname, search } = new URL(isOurs(next) ? next : '/', location.origin)
    await navigate({ to: pathname, search: Object.fromEntries(new URLSearchParams(search)) as never, replace: true })
  }
}

function isOurs(path: string | undefined): path is string {
  return path?.startsWith('/') === true && !/^\/[/\\]/.test(path)
}
