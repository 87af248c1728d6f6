import type { KeyCreation, PluginDefaults } from '../../contract/management/workspace-settings.ts'
import type { WorkspaceWire } from '../../contract/management/workspaces.ts'
import type { RatesByType } from '../../domain/rate-limits.ts'
import type { WorkspaceRow } from '../../store/queries/workspaces.ts'
import { rateLimitsToRow } from '../rate-limits.ts'
import { readIpRanges } from '../read-ip-ranges.ts'

type WorkspaceAccess = Pick<
  WorkspaceWire,
  'allowed_ips' | 'allowed_origins' | 'key_creation' | 'plugin_defaults' | 'rate_limits'
>

/** Who may call and who may make keys, on the wire. */
export function workspaceAccessToWire(row: WorkspaceRow): WorkspaceAccess {
  const { allowed_ips, allowed_origins, key_creation, plugin_defaults, rate_limits } = row
  return { allowed_ips, allowed_origins, key_creation, plugin_defaults, rate_limits }
}

/** The columns of what was given, and no others. Throws `invalid_request` for what is no network. */
export function workspaceAccessToRow(input: {
  allowed_ips?: string[] | null | undefined
  allowed_origins?: string[] | null | undefined
  key_creation?: KeyCreation | undefined
  plugin_defaults?: PluginDefaults | null | undefined
  rate_limits?: RatesByType | null | undefined
}) {
  const { allowed_ips: ips, allowed_origins: origins, key_creation, plugin_defaults: plugins } = input
  return {
    ...(ips === undefined ? {} : { allowed_ips: readIpRanges(ips) }),
    ...(origins === undefined ? {} : { allowed_origins: origins && [...new Set(origins)] }),
    ...(key_creation === undefined ? {} : { key_creation }),
    ...(plugins === undefined ? {} : { plugin_defaults: plugins && JSON.stringify(plugins) }),
    ...rateLimitsToRow(input.rate_limits),
  }
}
