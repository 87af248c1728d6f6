import type { IncomingHttpHeaders, RequestListener, Server } from 'node:http'
import type { Control } from '../control/invoke.ts'
import type { Actor } from '../domain/actor.ts'
import type { IpRangeSet } from '../domain/ip-ranges.ts'
import type { ProcessRole } from '../domain/process-role.ts'
import type { Identity } from '../identity/identity.ts'
import type { McpParts } from '../mcp/mcp-endpoint.ts'
import type { Samples, SuppliedMetric } from '../observe/metrics.ts'
import type { Observe } from '../observe/observation.ts'
import type { Clock } from '../platform/clock.ts'
import type { DashboardFiles } from './mount-dashboard.ts'
import type { DocsFiles } from './mount-docs.ts'

export interface RequestHead {
  method: string
  headers: IncomingHttpHeaders
  /** Where it comes from; null where that isn't known. */
  ip: string | null
}

/** Redis is away and each replica keeps to its share; the database hasn't answered for a while; changes are asked for because
 *  notifications of them don't come; models and prices that were published can't be had or may not be taken. */
export const DEGRADED_MODES = ['rate_limits', 'database', 'notifications', 'catalogue'] as const
export type DegradedMode = (typeof DEGRADED_MODES)[number]

export interface HttpParts extends Control {
  role: ProcessRole
  /** The actor behind an Authorization header, else behind a session cookie; anonymous without either. Throws 401, and 403 for a
   *  cookie that another site's page sent and for a key that may not be used from there. */
  authenticate: (request: RequestHead) => Actor | Promise<Actor>
  /** The directory service behind an Authorization header. Throws 401. */
  authenticateDirectory: (authorization: string | undefined) => Promise<Actor>
  /** What lets a page of another origin read an answer to a key of the workspace; undefined where it may not. */
  pageHeaders: (origin: string, workspaceId: string) => Record<string, string> | undefined
  infer: McpParts['infer']
  identity: Identity
  observe: Observe
  clock: Clock
  /** Proxies whose X-Forwarded-For counts; null for none. */
  trustedProxies: IpRangeSet | null
  isReady: () => boolean
  /** What works in a lesser way at the moment. */
  degraded: () => readonly DegradedMode[]
  /** Finished requests that are not in the database yet. */
  unflushedCount: () => number
  /** Leases of lost processes that wait for an administrator. */
  unconfirmedLeaseCount: () => number
  /** Of the metrics that others know. */
  samples: () => Pick<Samples, SuppliedMetric>
  /** Who has it may read the metrics; null for nobody. */
  metricsToken: string | null
  publicUrl: string
  /** Undefined where this installation has none. */
  dashboard: DashboardFiles | undefined
  docs: DocsFiles | undefined
  /** Takes an event of the payment provider, with its signature; undefined where payments by card aren't set up. */
  receivePayment: () => ((body: Buffer, signature: string) => Promise<void>) | undefined
  serverFactory: (app: RequestListener) => Server
}
