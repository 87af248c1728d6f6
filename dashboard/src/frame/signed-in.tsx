import { Outlet, useLocation, useNavigate } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { SessionProvider, useSessionQuery } from '../access/session.tsx'
import { Page } from '../components/page.tsx'
import { ErrorState, LoadingRows } from '../components/states.tsx'
import { LandingPage } from '../pages/sign-in/landing-page.tsx'
import { Frame } from './frame.tsx'
import { NotFoundPage } from './not-found-page.tsx'
import { rememberWorkspace, useCurrentWorkspace, useWorkspacesQuery, WorkspacesProvider } from './workspaces.tsx'

/** The frame for whoever is signed in; others see what this is, or are asked to sign in and come back. */
export function SignedIn() {
  const session = useSessionQuery()
  const workspaces = useWorkspacesQuery(session.data !== null && session.data !== undefined)
  const { pathname } = useLocation()
  if (session.data === null) return pathname === '/' ? <LandingPage /> : <ToSignIn />
  const failed = [session, workspaces].find(({ isError }) => isError)
  if (failed?.error) return <Failure error={failed.error} retry={() => void failed.refetch()} />
  if (session.data === undefined || workspaces.data === undefined)
    return (
      <Page title="Switchyard">
        <LoadingRows label="your workspaces" />
      </Page>
    )
  return (
    <SessionProvider session={session.data}>
      <WorkspacesProvider workspaces={workspaces.data}>
        <Frame />
      </WorkspacesProvider>
    </SessionProvider>
  )
}

/** Pages of a workspace that there is, and that whoever is signed in is in. */
export function WorkspaceGate() {
  const workspace = useCurrentWorkspace()
  useEffect(() => {
    if (workspace !== undefined) rememberWorkspace(workspace)
  }, [workspace])
  return workspace === undefined ? <NotFoundPage /> : <Outlet key={workspace.id} />
}

function ToSignIn() {
  const navigate = useNavigate()
  const { href } = useLocation()
  // The address changes before this goes: it must not take itself for where somebody wanted to go.
  const [wanted] = useState(href)
  useEffect(() => {
    void navigate({ to: '/sign-in', search: { next: wanted } as never, replace: true })
  }, [navigate, wanted])
  return null
}

function Failure({ error, retry }: { error: Error; retry: () => void }) {
  return (
    <main>
      <Page title="Switchyard">
        <ErrorState error={error} retry={retry} what="your session" />
      </Page>
    </main>
  )
}
