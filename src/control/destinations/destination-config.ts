import {
  DESTINATION_CONFIGS,
  DESTINATION_SECRETS,
  type DestinationType,
} from '../../contract/management/destination-types.ts'
import { AppError } from '../../domain/app-error.ts'

export type Config = Record<string, unknown>

const HEADERS = 'headers'
/** Shorter secrets show nothing of themselves. */
const TELLING_LENGTH = 16

/** The whole config of a destination, with defaults. Throws `invalid_request` naming each field that is wrong. */
export function parseConfig(type: DestinationType, config: Config): Config {
  const parsed = DESTINATION_CONFIGS[type].safeParse(config)
  if (parsed.success) return parsed.data
  const faults = parsed.error.issues.map(
    ({ path, message }) => `${['config', ...path].map(String).join('.')}: ${message}`,
  )
  throw new AppError('invalid_request', faults.slice(0, 10).join('; '))
}

/** A config as it is shown and stored, and the secrets of it, to be sealed. */
export function maskConfig(config: Config): { masked: Config; secrets: Config } {
  const masked: Config = {}
  const secrets: Config = {}
  for (const [name, value] of Object.entries(config)) {
    if (value === undefined) continue
    const isSecret = DESTINATION_SECRETS.has(name) || name === HEADERS
    if (isSecret) secrets[name] = value
    masked[name] = isSecret ? maskOf(value) : value
  }
  return { masked, secrets }
}

/** A stored config as it was given, with a change over it: what is left out or masked stays, null takes away. */
export function changeConfig(stored: { masked: Config; secrets: Config }, change: Config): Config {
  const config: Config = { ...stored.masked, ...stored.secrets }
  for (const [name, value] of Object.entries(change)) {
    if (value === null) delete config[name]
    else config[name] = unmask(value, stored.masked[name], stored.secrets[name])
  }
  return config
}

/** Who may say where a destination is must not learn its secrets by having them sent there: those that stay need to be given
 *  anew. Throws `invalid_request`. */
export function requireSecretsStayHome(
  stored: { masked: Config; secrets: Config },
  change: Config,
  changed: { masked: Config; secrets: Config },
): void {
  const moved = ADDRESSES.find((name) => originOf(stored.masked[name]) !== originOf(changed.masked[name]))
  if (moved === undefined) return
  const kept = Object.entries(changed.secrets).find(([name, value]) =>
    isKept(value, stored.secrets[name], change[name]),
  )
  if (kept === undefined) return
  throw new AppError(
    'invalid_request',
    `config.${kept[0]}: required, because config.${moved} leads somewhere else than before`,
  )
}

/** The fields that say where something is sent. */
const ADDRESSES = ['baseUrl', 'url', 'endpoint', 'otlpEndpoint', 'host', 'account'] as const

function originOf(address: unknown): unknown {
  return typeof address === 'string' && /^https?:/i.test(address) && URL.canParse(address)
    ? new URL(address).origin
    : address
}

/** Whether some part of a secret is as it was, though the change doesn't say it. */
function isKept(value: unknown, before: unknown, given: unknown): boolean {
  if (typeof value !== 'object' || value === null) return value === before && value !== given
  const [known, named] = [before, given].map((config) => (typeof config === 'object' ? config : null) as Config | null)
  return Object.entries(value).some(([name, item]) => isKept(item, known?.[name], named?.[name]))
}

function maskOf(value: unknown): unknown {
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, maskOf(item)]))
  const text = String(value)
  return text.length < TELLING_LENGTH ? '***' : `${text.slice(0, 3)}...${text.slice(-4)}`
}

/** What is meant by a value that may be a mask that was shown: the secret behind it. */
function unmask(value: unknown, mask: unknown, secret: unknown): unknown {
  if (secret === undefined) return value
  if (typeof value === 'string') return value === mask ? secret : value
  if (typeof value !== 'object' || value === null) return value
  const masks = mask as Config
  const secrets = secret as Config
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, unmask(item, masks[name], secrets[name])]),
  )
}
