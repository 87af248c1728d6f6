import { createRootRoute, createRoute, createRouter, Outlet, type RouteComponent } from '@tanstack/react-router'
import { lazy } from 'react'
import { EntryPage } from './frame/entry-page.tsx'
import { HomePage, KeyLinkPage, ToCurrentWorkspace } from './frame/links.tsx'
import { NotFoundPage, PageFailure } from './frame/not-found-page.tsx'
import { SignedIn, WorkspaceGate } from './frame/signed-in.tsx'
import { ORGANIZATION_PAGES, type PageEntry, WORKSPACE_PAGES } from './pages/pages.ts'
import { PERSONAL_PAGES, PUBLIC_PAGES } from './pages/public-pages.ts'

/* Routes derive from the lists of pages; only what leads elsewhere is written down here. */

const root = createRootRoute({ component: Outlet, notFoundComponent: NotFoundPage, errorComponent: PageFailure })
const app = createRoute({ getParentRoute: () => root, id: 'app', component: SignedIn })
const workspace = createRoute({ getParentRoute: () => app, path: '/workspaces/$slug', component: WorkspaceGate })

const publicRoutes = PUBLIC_PAGES.map(({ path, load }) =>
  createRoute({
    getParentRoute: () => root,
    path,
    component: lazy(async () => ({ default: await load() })) as RouteComponent,
  }),
)
const personalRoutes = PERSONAL_PAGES.map(({ path, load }) =>
  createRoute({
    getParentRoute: () => app,
    path,
    component: lazy(async () => ({ default: await load() })) as RouteComponent,
  }),
)
const workspaceRoutes = WORKSPACE_PAGES.map((page) =>
  createRoute({
    getParentRoute: () => workspace,
    path: page.path === '' ? '/' : page.path,
    component: entry(page, true),
  }),
)
const organizationRoutes = ORGANIZATION_PAGES.map((page) =>
  createRoute({ getParentRoute: () => app, path: `/${page.path}`, component: entry(page, false) }),
)
const links = [
  createRoute({ getParentRoute: () => app, path: '/', component: HomePage }),
  createRoute({ getParentRoute: () => app, path: '/keys/$hash', component: KeyLinkPage }),
  ...WORKSPACE_PAGES.filter(({ path }) => path !== '').map(({ path }) =>
    createRoute({ getParentRoute: () => app, path: `/${path}`, component: () => <ToCurrentWorkspace path={path} /> }),
  ),
]

function entry(page: PageEntry, isOfWorkspace: boolean): RouteComponent {
  const Content = lazy(async () => ({ default: await page.load() }))
  return () => (
    <EntryPage page={page} isOfWorkspace={isOfWorkspace}>
      <Content />
    </EntryPage>
  )
}

export const router = createRouter({
  routeTree: root.addChildren([
    ...publicRoutes,
    app.addChildren([...links, ...personalRoutes, workspace.addChildren(workspaceRoutes), ...organizationRoutes]),
  ]),
  // Values stay the texts they are: a hash of digits alone is no number.
  parseSearch: (text) => Object.fromEntries(new URLSearchParams(text)),
  stringifySearch: (search) => {
    const text = new URLSearchParams(search as Record<string, string>).toString()
    return text === '' ? '' : `?${text}`
  },
  defaultPreload: false,
  scrollRestoration: true,
})
