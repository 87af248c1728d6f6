import { reachOf } from '../../access/access.ts'
import { useSession } from '../../access/session.tsx'

interface Owned {
  workspace_id: string | null
  user_id: string | null
}

/** Whether it is one person's own, which watches what is theirs and tells them alone. */
export function isMine({ user_id }: Pick<Owned, 'user_id'>): boolean {
  return user_id !== null
}

/** What the person may do about rules, channels and alerts. */
export function useAlertRights() {
  const { access, user } = useSession()
  const reachAt = (workspaceId: string | null) => reachOf(access, 'alert:write', workspaceId ?? undefined)
  return {
    /** What they add there is their own, and no more. `place` is a workspace, or empty for the organization. */
    isOwnAt: (place: string) => place !== '' && reachAt(place) === 'own',
    mayChange: (thing: Owned) => {
      const reach = reachAt(thing.workspace_id)
      return reach === 'ws' || (reach === 'own' && user !== null && thing.user_id === user.id)
    },
  }
}
