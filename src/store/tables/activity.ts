import type { DateText } from './column-types.ts'

/** What each roll-up of usage adds up: money in nano-dollars, times in milliseconds. */
interface UsageSums {
  usage_nano: bigint
  byok_usage_nano: bigint
  requests: bigint
  /** Ended without an answer. */
  failed_requests: bigint
  prompt_tokens: bigint
  completion_tokens: bigint
  reasoning_tokens: bigint
  cached_tokens: bigint
  latency_ms: bigint
  /** Those of which the latency is known. */
  latency_requests: bigint
  generation_time_ms: bigint
  generation_time_requests: bigint
  /** The completion tokens of requests that took time. */
  timed_completion_tokens: bigint
  /** What providers said that it costs: on the installation's credentials, and on customers' own. */
  reported_nano: bigint
  byok_reported_nano: bigint
}

/** '' is none. */
export interface ActivityTable extends UsageSums {
  organization_id: string
  date: DateText
  model: string
  endpoint_id: string
  provider_name: string
  key_id: bigint
  user_id: string
  workspace_id: string
  project_id: string
  app: string
}

/** The same of each workspace. */
export type ActivityByWorkspaceTable = Omit<ActivityTable, 'key_id' | 'user_id' | 'project_id' | 'app'>

/** The same of the whole organization. */
export type ActivityTotalTable = Omit<ActivityByWorkspaceTable, 'workspace_id'>

/** How many requests of the whole organization took how long. */
export interface ActivityLatencyTable {
  organization_id: string
  date: DateText
  model: string
  provider_name: string
  /** Where the step begins that they are counted in. */
  latency_ms: number
  requests: bigint
}

export interface ActivityTables {
  activity: ActivityTable
  activity_by_workspace: ActivityByWorkspaceTable
  activity_total: ActivityTotalTable
  activity_latency: ActivityLatencyTable
}
