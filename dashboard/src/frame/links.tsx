import { useLocation, useNavigate, useParams } from '@tanstack/react-router'
import { useEffect } from 'react'
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
  if (workspace === undefined) return <Onwards to="/models" />
  return <Onwards to={pathIn(workspace.slug, { path: '' })} />
}

/** `/logs?…` and the like: the page in the workspace one was in, with the same filters. */
export function ToCurrentWorkspace({ path }: { path: string }) {
  const workspace = useCurrentWorkspace()
  const { searchStr } = useLocation()
  if (workspace === undefined) return <NotFoundPage />
  return <Onwards to={pathIn(workspace.slug, { path })} search={searchStr} />
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
  return <Onwards to={pathIn(workspace.slug, { path: 'keys' })} search={`?key=${hash}`} />
}

/** Once for each address: the router's own `Navigate` goes again with every render that leads it there. */
function Onwards({ to, search = '' }: { to: string; search?: string }) {
  const navigate = useNavigate()
  useEffect(() => {
    void navigate({ to, search: Object.fromEntries(new URLSearchParams(search)) as never, replace: true })
  }, [navigate, to, search])
  return null
}
