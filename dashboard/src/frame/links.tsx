import { Navigate, useLocation, useParams } from '@tanstack/react-router'
import { getKey } from '../../../src/contract/management/keys.ts'
import { useOperation } from '../api/use-operation.ts'
import { Page } from '../components/page.tsx'
import { ErrorState, LoadingRows } from '../components/states.tsx'
import { NotFoundPage } from './not-found-page.tsx'
import { pathIn } from './rail.tsx'
import { useCurrentWorkspace, useWorkspaces } from './workspaces.tsx'

/** `/`: the overview of the workspace one was in. */
export function HomePage() {
  const workspace = useCurrentWorkspace()
  if (workspace === undefined) return <Navigate to="/models" replace />
  return <Navigate to={pathIn(workspace.slug, { path: '' })} replace />
}

/** `/logs?…` and the like: the page in the workspace one was in, with the same filters. */
export function ToCurrentWorkspace({ path }: { path: string }) {
  const workspace = useCurrentWorkspace()
  const { searchStr } = useLocation()
  if (workspace === undefined) return <NotFoundPage />
  const search = Object.fromEntries(new URLSearchParams(searchStr))
  return <Navigate to={pathIn(workspace.slug, { path })} search={search as never} replace />
}

/** `/keys/<hash>`: the key, among those of its workspace. */
export function KeyLinkPage() {
  const { hash = '' } = useParams({ strict: false }) as { hash?: string }
  const workspaces = useWorkspaces()
  const key = useOperation(getKey, { hash })
  if (key.isError)
    return (
      <Page title="Key">
        <ErrorState error={key.error} retry={() => void key.refetch()} what="the key" />
      </Page>
    )
  if (key.isPending)
    return (
      <Page title="Key">
        <LoadingRows label="the key" />
      </Page>
    )
  const workspace = workspaces.find(({ id }) => id === key.data.data.workspace_id)
  if (workspace === undefined) return <NotFoundPage />
  return <Navigate to={pathIn(workspace.slug, { path: 'keys' })} search={{ key: hash } as never} replace />
}
