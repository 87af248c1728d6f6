import { Link } from '@tanstack/react-router'
import { Search } from 'lucide-react'
import type { ReactNode } from 'react'
import { isHeldAnywhere, reachOf } from '../access/access.ts'
import { useSession } from '../access/session.tsx'
import { ORGANIZATION_PAGES, type PageEntry, WORKSPACE_PAGES } from '../pages/pages.ts'
import { PersonMenu } from './person-menu.tsx'
import { WorkspaceSwitcher } from './workspace-switcher.tsx'
import { useCurrentWorkspace } from './workspaces.tsx'

/** The left edge: where one is, and where one may go. */
export function Rail({ onLeave, onSearch }: { onLeave: () => void; onSearch: () => void }) {
  const { access } = useSession()
  const workspace = useCurrentWorkspace()
  const inWorkspace = WORKSPACE_PAGES.filter(
    ({ permission }) => reachOf(access, permission, workspace?.id) !== undefined,
  )
  const inOrganization = ORGANIZATION_PAGES.filter(
    ({ isAside, permission }) => isAside !== true && isHeldAnywhere(access, permission),
  )
  return (
    <div className="flex h-full flex-col gap-2 p-3">
      <WorkspaceSwitcher onChosen={onLeave} />
      <button
        type="button"
        onClick={onSearch}
        className="flex items-center gap-2 rounded-md border border-line px-2 py-1 text-muted hover:border-line-strong"
      >
        <Search aria-hidden className="size-4" />
        <span className="flex-1 text-left">Find</span>
        <kbd className="font-sans text-xs">⌘K</kbd>
      </button>
      <nav aria-label="Pages" className="-mx-1 min-h-0 flex-1 overflow-y-auto px-1 py-1">
        {workspace === undefined ? null : (
          <ul>
            {inWorkspace.map((page) => (
              <RailLink key={page.path} page={page} to={pathIn(workspace.slug, page)} onLeave={onLeave} />
            ))}
          </ul>
        )}
        <Group title="Organization">
          {inOrganization.map((page) => (
            <RailLink key={page.path} page={page} to={`/${page.path}`} onLeave={onLeave} />
          ))}
        </Group>
      </nav>
      <PersonMenu />
    </div>
  )
}

export function pathIn(slug: string, { path }: Pick<PageEntry, 'path'>): string {
  return path === '' ? `/workspaces/${slug}` : `/workspaces/${slug}/${path}`
}

function Group({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className="mt-3 border-t border-line pt-3">
      <h2 className="sr-only">{title}</h2>
      <ul>{children}</ul>
    </div>
  )
}

function RailLink({ page, to, onLeave }: { page: PageEntry; to: string; onLeave: () => void }) {
  const Icon = page.icon
  return (
    <li>
      <Link
        to={to}
        onClick={onLeave}
        activeOptions={{ exact: page.path === '', includeSearch: false }}
        className="flex h-8 items-center gap-2.5 rounded-md px-2 text-muted hover:bg-raised hover:text-ink aria-[current=page]:bg-raised aria-[current=page]:font-medium aria-[current=page]:text-ink"
      >
        <Icon aria-hidden className="size-4 shrink-0" />
        {page.title}
      </Link>
    </li>
  )
}
