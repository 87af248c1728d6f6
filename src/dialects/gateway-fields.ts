/** Fields of a request that are between the caller and the gateway, whatever format it is in. */
export const GATEWAY_FIELDS = [
  'models',
  'provider',
  'route',
  'plugins',
  'preset',
  'transforms',
  'usage',
  'trace',
  'session_id',
  'metadata',
  'debug',
  'cache_enabled',
  'cache_ttl_seconds',
  'stop_server_tools_when',
] as const

/** Fields that are in every format, and that the gateway sends in its own way. */
const SENT_ANEW = ['model', 'stream', 'user', 'safety_identifier', 'service_tier'] as const

/** Fields of a format that don't go upstream as they came: those of all formats, and `more` of its own. */
export function ownFields(more: readonly string[]): ReadonlySet<string> {
  return new Set([...GATEWAY_FIELDS, ...SENT_ANEW, ...more])
}
