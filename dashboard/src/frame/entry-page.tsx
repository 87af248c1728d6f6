import { type ReactNode, Suspense } from 'react'
import { isHeldAnywhere, reachOf } from '../access/access.ts'
import { useSession } from '../access/session.tsx'
import { Page } from '../components/page.tsx'
import { LoadingRows, NoPermission } from '../components/states.tsx'
import type { PageEntry } from '../pages/pages.ts'
import { useCurrentWorkspace } from './workspaces.tsx'

/** A page, for whoever may see it, and its shape until its code is there. */
export function EntryPage({
  page,
  isOfWorkspace,
  children,
}: {
  page: PageEntry
  isOfWorkspace: boolean
  children: ReactNode
}) {
  const { access } = useSession()
  const workspace = useCurrentWorkspace()
  const isAllowed = isOfWorkspace
    ? reachOf(access, page.permission, workspace?.id) !== undefined
    : isHeldAnywhere(access, page.permission)
  if (!isAllowed)
    return (
      <Page title={page.title}>
        <NoPermission permission={page.permission} />
      </Page>
    )
  return (
    <Suspense
      fallback={
        <Page title={page.title}>
          <LoadingRows label={page.title} />
        </Page>
      }
    >
      {children}
    </Suspense>
  )
}
