import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { createContext, type ReactNode, useContext } from 'react'
import { listWorkspaces, type WorkspaceWire } from '../../../src/contract/management/workspaces.ts'
import { call } from '../api/call.ts'

const PAGE_SIZE = 100
/** More than a person switches between; the rest is found by address. */
const WORKSPACES_MAX = 1_000
const REMEMBERED_AS = 'switchyard.workspace'

const WorkspacesContext = createContext<readonly WorkspaceWire[]>([])

export function useWorkspacesQuery(isOn: boolean) {
  return useQuery({ queryKey: [listWorkspaces.id, 'all'], queryFn: loadWorkspaces, enabled: isOn, staleTime: 60_000 })
}

export function WorkspacesProvider({
  workspaces,
  children,
}: {
  workspaces: readonly WorkspaceWire[]
  children: ReactNode
}) {
  return <WorkspacesContext value={workspaces}>{children}</WorkspacesContext>
}

/** All that the person may see. */
export function useWorkspaces(): readonly WorkspaceWire[] {
  return useContext(WorkspacesContext)
}

/** The one in the address, else the one that was last looked at; undefined where the address names none that there is. */
export function useCurrentWorkspace(): WorkspaceWire | undefined {
  const workspaces = useWorkspaces()
  const { slug } = useParams({ strict: false }) as { slug?: string }
  if (slug !== undefined) return workspaces.find((workspace) => workspace.slug === slug || workspace.id === slug)
  const remembered = localStorage.getItem(REMEMBERED_AS)
  return workspaces.find(({ id }) => id === remembered) ?? workspaces[0]
}

/** The workspace of the page; pages of a workspace are shown only when there is one. */
export function useWorkspace(): WorkspaceWire {
  const workspace = useCurrentWorkspace()
  if (workspace === undefined) throw new Error('useWorkspace on a page of no workspace')
  return workspace
}

export function rememberWorkspace({ id }: WorkspaceWire): void {
  localStorage.setItem(REMEMBERED_AS, id)
}

async function loadWorkspaces(): Promise<WorkspaceWire[]> {
  const first = await call(listWorkspaces, { limit: PAGE_SIZE })
  const rest: WorkspaceWire[] = []
  for (let offset = PAGE_SIZE; offset < Math.min(first.total_count, WORKSPACES_MAX); offset += PAGE_SIZE) {
    rest.push(...(await call(listWorkspaces, { limit: PAGE_SIZE, offset })).data)
  }
  return [...first.data, ...rest]
}
