import {
  BellRing,
  Blocks,
  Bookmark,
  Building2,
  ChartColumn,
  ChartLine,
  FileClock,
  Gauge,
  KeyRound,
  KeySquare,
  type LucideIcon,
  MessagesSquare,
  PiggyBank,
  Plus,
  Radio,
  ScrollText,
  Settings,
  ShieldCheck,
  Users,
  Wallet,
} from 'lucide-react'
import type { ComponentType } from 'react'
import type { Permission } from '../../../src/contract/common/permissions.ts'

export interface PageEntry {
  /** Its place in the address: below `/workspaces/<slug>/` or, of the organization, below `/`. */
  path: string
  title: string
  icon: LucideIcon
  /** Without it the rail doesn't show the page and its address tells who can give it. */
  permission: Permission
  /** Reached from elsewhere than the rail. */
  isAside?: true
  load: () => Promise<ComponentType>
}

/** The pages of a workspace, in the order of the rail. A new page is a line here and a folder beside this file. */
export const WORKSPACE_PAGES: readonly PageEntry[] = [
  {
    path: '',
    title: 'Overview',
    icon: Gauge,
    permission: 'workspace:read',
    load: async () => (await import('./overview/overview-page.tsx')).OverviewPage,
  },
  {
    path: 'keys',
    title: 'Keys',
    icon: KeyRound,
    permission: 'key:read',
    load: async () => (await import('./keys/keys-page.tsx')).KeysPage,
  },
  {
    path: 'members',
    title: 'Members',
    icon: Users,
    permission: 'member:read',
    load: async () => (await import('./members/members-page.tsx')).MembersPage,
  },
  {
    path: 'guardrails',
    title: 'Guardrails',
    icon: ShieldCheck,
    permission: 'guardrail:read',
    load: async () => (await import('./guardrails/guardrails-page.tsx')).GuardrailsPage,
  },
  {
    path: 'budgets',
    title: 'Budgets',
    icon: PiggyBank,
    permission: 'budget:read',
    load: async () => (await import('./budgets/budgets-page.tsx')).BudgetsPage,
  },
  {
    path: 'byok',
    title: 'BYOK',
    icon: KeySquare,
    permission: 'byok:read',
    load: async () => (await import('./byok/byok-page.tsx')).ByokPage,
  },
  {
    path: 'presets',
    title: 'Presets',
    icon: Bookmark,
    permission: 'preset:read',
    load: async () => (await import('./presets/presets-page.tsx')).PresetsPage,
  },
  {
    path: 'observability',
    title: 'Observability',
    icon: Radio,
    permission: 'destination:read',
    load: async () => (await import('./observability/observability-page.tsx')).ObservabilityPage,
  },
  {
    path: 'logs',
    title: 'Logs',
    icon: ScrollText,
    permission: 'log:read',
    load: async () => (await import('./logs/logs-page.tsx')).LogsPage,
  },
  {
    path: 'activity',
    title: 'Activity',
    icon: ChartLine,
    permission: 'analytics:read',
    load: async () => (await import('./activity/activity-page.tsx')).ActivityPage,
  },
  {
    path: 'playground',
    title: 'Playground',
    icon: MessagesSquare,
    permission: 'inference',
    load: async () => (await import('./playground/playground-page.tsx')).PlaygroundPage,
  },
  {
    path: 'settings',
    title: 'Settings',
    icon: Settings,
    permission: 'workspace:update',
    load: async () => (await import('./workspace-settings/workspace-settings-page.tsx')).WorkspaceSettingsPage,
  },
]

/** Those of the organization. */
export const ORGANIZATION_PAGES: readonly PageEntry[] = [
  {
    path: 'models',
    title: 'Models',
    icon: Blocks,
    permission: 'model:read',
    load: async () => (await import('./models/models-page.tsx')).ModelsPage,
  },
  {
    path: 'usage',
    title: 'Usage',
    icon: ChartColumn,
    permission: 'analytics:read',
    load: async () => (await import('./activity/usage-page.tsx')).UsagePage,
  },
  {
    path: 'credits',
    title: 'Credits',
    icon: Wallet,
    permission: 'credit:read',
    load: async () => (await import('./credits/credits-page.tsx')).CreditsPage,
  },
  {
    path: 'audit',
    title: 'Audit log',
    icon: FileClock,
    permission: 'audit:read',
    load: async () => (await import('./audit/audit-page.tsx')).AuditPage,
  },
  {
    path: 'organization',
    title: 'Organization',
    icon: Building2,
    permission: 'organization:read',
    load: async () => (await import('./organization/organization-page.tsx')).OrganizationPage,
  },
  {
    path: 'alerts',
    title: 'Alerts',
    icon: BellRing,
    permission: 'alert:read',
    load: async () => (await import('./alerts/alerts-page.tsx')).AlertsPage,
  },
  {
    path: 'new-workspace',
    title: 'New workspace',
    icon: Plus,
    permission: 'workspace:create',
    isAside: true,
    load: async () => (await import('./new-workspace/new-workspace-page.tsx')).NewWorkspacePage,
  },
]
