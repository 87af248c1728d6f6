import { z } from 'zod'

const DASHBOARD_MODES = ['on', 'built', 'off'] as const
export type DashboardMode = (typeof DASHBOARD_MODES)[number]

/** What the dashboard is made of, below the root of the tree: the build notes the stamp of it beside what it made. */
export const DASHBOARD_SOURCES = ['dashboard/**/*', 'src/contract/**/*', 'tools/third-party/*', 'package-lock.json']

/** The same of the documentation. */
export const DOCS_SOURCES = [
  'docs/**/*',
  '*.md',
  'tools/docs/**/*',
  'src/contract/**/*',
  'src/cli/command-names.ts',
  'dashboard/src/theme/theme.css',
  'dashboard/public/*',
  'package-lock.json',
]

export const DASHBOARD_SETTINGS = {
  SWITCHYARD_DASHBOARD: z
    .enum(DASHBOARD_MODES)
    .default('on')
    .describe('The dashboard at `/` and the documentation at `/docs`; `built` never builds them, `off` serves none'),
}
