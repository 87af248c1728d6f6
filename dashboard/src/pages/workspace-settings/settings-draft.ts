import type { WorkspaceWire } from '../../../../src/contract/management/workspaces.ts'

/** What is typed into the form. */
export interface SettingsDraft {
  name: string
  description: string
  textModel: string
  sort: string
  ips: string
  origins: string
  keyCreation: WorkspaceWire['key_creation']
  requiresProject: boolean
  logs: boolean
  sampling: string
  isRedacted: boolean
}
