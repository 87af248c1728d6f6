import type { LiveOrganization, LiveWorkspace } from './live-organization.ts'
import type { DeclaredWorkspace } from './organization-file.ts'
import type { Place, Step } from './plan-steps.ts'

export interface PlanOptions {
  live: LiveOrganization
  /** What wasn't declared in a list that was goes. */
  isPruning: boolean
  /** Filled with the ids of what is there. */
  ids: Map<string, string>
}

export interface PlanParts {
  steps: Step[]
  surplus: Place[]
}

/** One workspace, what is there of it, and where its steps go. */
export interface WorkspaceParts {
  declared: DeclaredWorkspace
  live: LiveWorkspace | undefined
  options: PlanOptions
  parts: PlanParts
}
