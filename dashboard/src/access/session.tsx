import { useQuery } from '@tanstack/react-query'
import { createContext, type ReactNode, useContext } from 'react'
import type { Permission } from '../../../src/contract/common/permissions.ts'
import { getCurrentKey } from '../../../src/contract/management/keys.ts'
import { authApi, SessionWire } from '../api/auth-api.ts'
import { call } from '../api/call.ts'
import { pastedKey } from '../api/credential.ts'
import { RequestFailed } from '../api/request-failed.ts'
import { SESSION_QUERY } from '../api/use-operation.ts'
import { type Access, MANAGEMENT_ACCESS, type Reach, reachOf, toAccess } from './access.ts'

/** Who looks at the dashboard. */
export interface Session {
  /** `pasted`: with a management key that is in this page's memory. `key`: with a read-only key. */
  kind: 'member' | 'key' | 'pasted'
  user: NonNullable<SessionWire['user']> | null
  organization: { id: string; name: string }
  organizations: readonly { id: string; name: string }[]
  access: Access
}

const SessionContext = createContext<Session | undefined>(undefined)

/** Null for nobody. */
export function useSessionQuery() {
  return useQuery({ queryKey: SESSION_QUERY, queryFn: loadSession, staleTime: 60_000, refetchOnWindowFocus: true })
}

export function SessionProvider({ session, children }: { session: Session; children: ReactNode }) {
  return <SessionContext value={session}>{children}</SessionContext>
}

export function useSession(): Session {
  const session = useContext(SessionContext)
  if (session === undefined) throw new Error('useSession outside of a page for whoever is signed in')
  return session
}

/** How far the person's permission reaches in the workspace; undefined for not at all. */
export function useReach(permission: Permission, workspaceId?: string): Reach | undefined {
  return reachOf(useSession().access, permission, workspaceId)
}

async function loadSession(): Promise<Session | null> {
  if (pastedKey() !== undefined) return await sessionOfKey()
  try {
    const wire = await authApi('GET', '/session', { answer: SessionWire })
    const { kind, user, organization, organizations, permissions } = wire
    return { kind, user, organization, organizations, access: toAccess(permissions) }
  } catch (error) {
    if (error instanceof RequestFailed && (error.status === 401 || error.status === 404)) return null
    throw error
  }
}

async function sessionOfKey(): Promise<Session> {
  const { data } = await call(getCurrentKey, {})
  if (!data.is_management_key) throw new RequestFailed('This is not a management key.', { status: 403 })
  const organization = { id: data.organization_id ?? '', name: 'Organization' }
  return { kind: 'pasted', user: null, organization, organizations: [organization], access: MANAGEMENT_ACCESS }
}
