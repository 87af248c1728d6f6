import { z } from 'zod'

const DASHBOARD_MODES = ['on', 'built', 'off'] as const
export type DashboardMode = (typeof DASHBOARD_MODES)[number]

/** What the dashboard is made of, below the root of the tree: the build notes the stamp of it beside what it made. */
export const DASHBOARD_SOURCES = ['dashboard/**/*', 'src/contract/**/*', 'package-lock.json']

export const DASHBOARD_SETTINGS = {
  SWITCHYARD_DASHBOARD: z
    .enum(DASHBOARD_MODES)
    .default('on')
    .describe('The dashboard at `/`; `built` never builds it, `off` serves none'),
}
