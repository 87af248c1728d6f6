import { isIP } from 'node:net'
import { z } from 'zod'
import { ROLE_CAPS_DEFAULT, type RoleCaps } from '../contract/common/permissions.ts'
import { fromUsd, type NanoUsd, toUsd } from '../domain/money.ts'
import type { ProcessRole } from '../domain/process-role.ts'
import { hasValidChecksum, maskSecretKey } from '../platform/secret-key.ts'
import { CATALOGUE_SETTINGS, type CatalogueRefresh, catalogueRefreshOf } from './catalogue-settings.ts'
import { CidrList } from './cidr-list.ts'
import { DASHBOARD_SETTINGS, type DashboardMode } from './dashboard-settings.ts'
import { ROLE_SETTINGS, roleConflicts } from './role-settings.ts'
import { SIGN_IN_SETTINGS, type SignInConfig, signInConflicts, toSignInConfig } from './sign-in-settings.ts'
import { findSimilarName } from './similar-name.ts'
import { type StripeConfig, stripeConflicts, stripeOf } from './stripe-settings.ts'
import { redactedTelemetry, TELEMETRY_SETTINGS, type TelemetryConfig, toTelemetryConfig } from './telemetry-settings.ts'
import { TLS_SETTINGS, type TlsFiles, tlsConflicts, tlsFilesOf } from './tls-settings.ts'
import { toUpstreamConfig, UPSTREAM_SETTINGS, type UpstreamConfig } from './upstream-settings.ts'
import { withoutPassword } from './without-password.ts'

const MEBIBYTE = 1_048_576
const LOOPBACK_HOSTS = /^(localhost|127(\.\d{1,3}){3}|::1)$/

const WholeNumber = z.coerce.number().int()
const Milliseconds = WholeNumber
const PostgresUrl = z.url({ protocol: /^postgres(ql)?$/, error: 'must be a postgres:// URL' })
const RoleCap = z.coerce.number().int().min(1).max(1_000)
const OnOff = z.enum(['on', 'off'])

/** Every setting: type, bounds, default and meaning. `docs/configuration.md` lists them in this order. */
export const SETTINGS = z.object({
  HOST: z.string().max(255).default('127.0.0.1').describe('Address to listen on'),
  PORT: z.coerce
    .number()
    .int()
    .min(0)
    .max(65_535)
    .default(8_787)
    .describe('Port to listen on; 0 lets the system choose'),
  SWITCHYARD_PUBLIC_URL: z
    .url({ protocol: /^https?$/, error: 'must be an http(s) URL' })
    .optional()
    .describe('URL that clients use; links are built from it, never from the Host header'),
  ...TLS_SETTINGS,
  ...ROLE_SETTINGS,
  SWITCHYARD_ALLOW_HTTP: z.enum(['0', '1']).default('0').describe('Allow plain HTTP beyond loopback'),
  TRUSTED_PROXIES: CidrList.default([]).describe('Proxies whose X-Forwarded-For counts'),
  SWITCHYARD_DATA_DIR: z.string().max(4_096).default('.switchyard').describe('Journal and embedded database'),
  DATABASE_URL: PostgresUrl.optional().describe('PostgreSQL; without it the embedded database is used'),
  DATABASE_URL_DIRECT: PostgresUrl.optional().describe(
    'The same database past a transaction pooler, for notifications',
  ),
  REDIS_URL: z
    .url({ protocol: /^rediss?$/, error: 'must be a redis:// or rediss:// URL' })
    .optional()
    .describe('Redis or Valkey, in which replicas count the rates of keys together and share the response cache'),
  SWITCHYARD_REDIS_TIMEOUT_MS: Milliseconds.min(1)
    .max(10_000)
    .default(20)
    .describe('Wait for Redis before a replica lets its share of a rate through'),
  SWITCHYARD_CONFIG: z.string().max(4_096).optional().describe('YAML file of providers and models'),
  ...CATALOGUE_SETTINGS,
  SWITCHYARD_SECRET: z
    .string()
    .min(32, 'must have at least 32 characters')
    .max(1_024)
    .optional()
    .describe('Root of sealing keys; made in the data directory when absent'),
  SWITCHYARD_SECRET_PREVIOUS: z
    .string()
    .min(32, 'must have at least 32 characters')
    .max(1_024)
    .optional()
    .describe('The secret before, while it is being changed'),
  SWITCHYARD_MANAGEMENT_KEY: z
    .string()
    .refine(
      hasValidChecksum,
      'must be sk-or-v1- and 64 lowercase hex digits, the last 8 the CRC-32 of the 56 before them',
    )
    .optional()
    .describe('Management key with exactly this secret'),
  SWITCHYARD_BILLING: z
    .enum(['postpaid', 'prepaid'])
    .default('postpaid')
    .describe('Whether the balance limits spending'),
  SWITCHYARD_INITIAL_CREDITS_USD: z.coerce
    .number()
    .min(0)
    .max(1_000_000_000)
    .default(0)
    .transform(fromUsd)
    .describe('Credits a prepaid organization starts with'),
  SWITCHYARD_SIM: OnOff.optional().describe('Built-in provider; on with the embedded database, else off'),
  SWITCHYARD_JOURNAL_SYNC: z
    .enum(['full', 'write'])
    .default('full')
    .describe('Whether a charge is on disk before its answer ends'),
  SWITCHYARD_FLUSH_INTERVAL_MS: Milliseconds.min(10)
    .max(10_000)
    .default(200)
    .describe('Finished requests reach the database this often'),
  SWITCHYARD_SNAPSHOT_SECONDS: z.coerce
    .number()
    .int()
    .min(5)
    .max(3_600)
    .default(60)
    .describe('Durable points of the embedded database'),
  SWITCHYARD_STALE_MAX_SECONDS: z.coerce
    .number()
    .int()
    .min(10)
    .max(3_600)
    .default(90)
    .describe('Longest time without PostgreSQL before nobody is let in'),
  SNAPSHOT_KEYS_MAX: z.coerce.number().int().min(100).max(10_000_000).default(100_000).describe('Keys held in memory'),
  SWITCHYARD_LARGE_BYTES_MAX: z.coerce
    .number()
    .int()
    .min(1_048_576)
    .max(1_099_511_627_776)
    .optional()
    .describe('Bytes that bodies over 1 MiB and fetched files hold together; an eighth of the memory by default'),
  SWITCHYARD_BODY_BYTES_MAX: z.coerce
    .number()
    .int()
    .min(1_024)
    .max(1_024 * MEBIBYTE)
    .default(32 * MEBIBYTE)
    .describe('Largest body of an inference request'),
  SWITCHYARD_HOLD_WAIT_MS: Milliseconds.min(0)
    .max(60_000)
    .default(1_000)
    .describe('Wait for money in flight before a refusal'),
  ...UPSTREAM_SETTINGS,
  SWITCHYARD_EGRESS_ALLOW: CidrList.default([]).describe(
    'Private networks that providers and receivers of secrets may be reached in',
  ),
  SWITCHYARD_REFUSED_DAYS: WholeNumber.min(1).max(366).default(7).describe('Days that refused requests are kept'),
  SWITCHYARD_IO_LOG_DAYS: WholeNumber.min(1)
    .max(3_660)
    .default(30)
    .describe('Days that logged prompts and answers are kept'),
  SWITCHYARD_IP_DAYS: WholeNumber.min(1)
    .max(36_600)
    .default(90)
    .describe('Days that addresses of callers are kept, the audit log apart'),
  SWITCHYARD_GENERATION_MONTHS: WholeNumber.min(1)
    .max(1_200)
    .default(13)
    .describe('Whole months that single requests are kept'),
  SWITCHYARD_WORKSPACE_ADMINS_MAX: RoleCap.default(ROLE_CAPS_DEFAULT.admin).describe('Most Admins of a workspace'),
  SWITCHYARD_WORKSPACE_BILLING_MANAGERS_MAX: RoleCap.default(ROLE_CAPS_DEFAULT.billing_manager).describe(
    'Most Billing Managers of a workspace',
  ),
  SMTP_URL: z
    .url({ protocol: /^smtps?$/, error: 'must be an smtp:// or smtps:// URL' })
    .optional()
    .describe('Mail server for invitations and lost passwords; without it invitations are links to copy'),
  SMTP_FROM: z
    .string()
    .min(3)
    .max(320)
    .regex(/^[^\r\n]*$/, 'must be one line')
    .default('Switchyard <switchyard@localhost>')
    .describe('Sender of mail'),
  ...SIGN_IN_SETTINGS,
  GEOIP_DB: z.string().max(4_096).optional().describe('MMDB file that tells the country of an address'),
  STRIPE_SECRET_KEY: z.string().min(8).max(255).optional().describe('Key of Stripe, for payments by card'),
  STRIPE_WEBHOOK_SECRET: z.string().min(8).max(255).optional().describe('Secret that signs what Stripe tells'),
  STRIPE_API_URL: z
    .url({ protocol: /^https?$/, error: 'must be an http(s) URL' })
    .default('https://api.stripe.com')
    .describe('Where Stripe is reached'),
  SWITCHYARD_DRAIN_SECONDS: z.coerce
    .number()
    .int()
    .min(0)
    .max(3_600)
    .default(30)
    .describe('Time running requests get at a stop'),
  SWITCHYARD_WORKERS: z.coerce
    .number()
    .int()
    .min(1)
    .max(1, 'must be 1: several workers behind one port are not supported yet')
    .default(1)
    .describe('Processes behind the port'),
  ...DASHBOARD_SETTINGS,
  ...TELEMETRY_SETTINGS,
})
type Settings = z.output<typeof SETTINGS>

/** Every setting, parsed. Frozen; made once at start. */
export interface Config extends UpstreamConfig, SignInConfig, TelemetryConfig {
  readonly host: string
  readonly port: number
  /** Without a trailing slash; null when not set, then it follows from the address (`publicUrlOf`). */
  readonly publicUrl: string | null
  readonly tls: TlsFiles | null
  readonly role: ProcessRole
  readonly trustedProxies: readonly string[]
  readonly dataDir: string
  readonly databaseUrl: string | null
  readonly databaseUrlDirect: string | null
  readonly redisUrl: string | null
  readonly redisTimeoutMs: number
  readonly providerFile: string | null
  readonly catalogueRefresh: CatalogueRefresh | null
  /** Slugs of known providers that customers may bring a credential for although there is none here. */
  readonly byokProviders: 'all' | readonly string[]
  readonly secret: string | null
  readonly previousSecret: string | null
  readonly managementKey: string | null
  readonly billing: 'postpaid' | 'prepaid'
  readonly initialCreditsNanoUsd: NanoUsd
  readonly isSimOn: boolean
  readonly journalSync: 'full' | 'write'
  readonly flushIntervalMs: number
  readonly snapshotIntervalMs: number
  readonly staleMaxMs: number
  readonly snapshotKeysMax: number
  readonly bodyBytesMax: number
  readonly largeBytesMax: number | null
  readonly holdWaitMs: number
  readonly egressAllowedCidrs: readonly string[]
  readonly refusedDays: number
  readonly ioLogDays: number
  readonly ipDays: number
  readonly generationMonths: number
  readonly roleCaps: RoleCaps
  readonly smtpUrl: string | null
  readonly smtpFrom: string
  readonly geoipFile: string | null
  /** Null where nothing can be paid by card. */
  readonly stripe: StripeConfig | null
  readonly drainMs: number
  readonly dashboard: DashboardMode
}

/** Settings that can't be used. `problems` has one line for each fault, with its variable or file position. */
export class ConfigError extends Error {
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.name = 'ConfigError'
    this.problems = problems
  }
}

/**
 * Reads every setting of `env`, in which an empty value counts as absent. Throws ConfigError with all faults at once.
 * `warnings` are things that start nevertheless, such as a variable that looks misspelt.
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>): { config: Config; warnings: string[] } {
  const present = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value.trim() !== ''),
  )
  const parsed = SETTINGS.safeParse(present)
  const problems = parsed.success ? conflictsOf(parsed.data) : parsed.error.issues.map(describeIssue)
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems)
  return { config: toConfig(parsed.data), warnings: [...unknownNames(present), ...idleSettings(parsed.data, present)] }
}

/** The configuration as it may be printed and logged: no secret, no password. */
export function redactedConfig(config: Config): Record<string, unknown> {
  return {
    ...config,
    databaseUrl: config.databaseUrl === null ? null : withoutPassword(config.databaseUrl),
    databaseUrlDirect: config.databaseUrlDirect === null ? null : withoutPassword(config.databaseUrlDirect),
    redisUrl: config.redisUrl === null ? null : withoutPassword(config.redisUrl),
    smtpUrl: config.smtpUrl === null ? null : withoutPassword(config.smtpUrl),
    catalogueRefresh: config.catalogueRefresh && {
      ...config.catalogueRefresh,
      url: withoutPassword(config.catalogueRefresh.url),
    },
    stripe: config.stripe === null ? null : { apiUrl: config.stripe.apiUrl },
    firstAdmin: config.firstAdmin && { ...config.firstAdmin, password: '[redacted]' },
    oidc: config.oidc && { ...config.oidc, clientSecret: '[redacted]' },
    secret: config.secret === null ? null : '[redacted]',
    previousSecret: config.previousSecret === null ? null : '[redacted]',
    managementKey: config.managementKey === null ? null : maskSecretKey(config.managementKey),
    ...redactedTelemetry(config),
    initialCreditsNanoUsd: undefined,
    initialCreditsUsd: toUsd(config.initialCreditsNanoUsd),
  }
}

/** The URL clients use, without a trailing slash: the configured one, else the address listened on at `port`. */
export function publicUrlOf(config: Pick<Config, 'publicUrl' | 'host' | 'tls'>, port: number): string {
  const host = isIP(config.host) === 6 ? `[${config.host}]` : config.host
  return config.publicUrl ?? `${config.tls === null ? 'http' : 'https'}://${host}:${port}`
}

function toConfig(settings: Settings): Config {
  return Object.freeze({
    host: settings.HOST,
    port: settings.PORT,
    publicUrl: settings.SWITCHYARD_PUBLIC_URL?.replace(/\/+$/, '') ?? null,
    tls: tlsFilesOf(settings),
    role: settings.SWITCHYARD_ROLE,
    trustedProxies: Object.freeze(settings.TRUSTED_PROXIES),
    dataDir: settings.SWITCHYARD_DATA_DIR,
    databaseUrl: settings.DATABASE_URL ?? null,
    databaseUrlDirect: settings.DATABASE_URL_DIRECT ?? null,
    redisUrl: settings.REDIS_URL ?? null,
    redisTimeoutMs: settings.SWITCHYARD_REDIS_TIMEOUT_MS,
    providerFile: settings.SWITCHYARD_CONFIG ?? null,
    catalogueRefresh: catalogueRefreshOf(settings),
    byokProviders: settings.SWITCHYARD_BYOK_PROVIDERS,
    secret: settings.SWITCHYARD_SECRET ?? null,
    previousSecret: settings.SWITCHYARD_SECRET_PREVIOUS ?? null,
    managementKey: settings.SWITCHYARD_MANAGEMENT_KEY ?? null,
    billing: settings.SWITCHYARD_BILLING,
    initialCreditsNanoUsd: settings.SWITCHYARD_INITIAL_CREDITS_USD,
    isSimOn: (settings.SWITCHYARD_SIM ?? (settings.DATABASE_URL === undefined ? 'on' : 'off')) === 'on',
    journalSync: settings.SWITCHYARD_JOURNAL_SYNC,
    flushIntervalMs: settings.SWITCHYARD_FLUSH_INTERVAL_MS,
    snapshotIntervalMs: settings.SWITCHYARD_SNAPSHOT_SECONDS * 1_000,
    staleMaxMs: settings.SWITCHYARD_STALE_MAX_SECONDS * 1_000,
    snapshotKeysMax: settings.SNAPSHOT_KEYS_MAX,
    bodyBytesMax: settings.SWITCHYARD_BODY_BYTES_MAX,
    largeBytesMax: settings.SWITCHYARD_LARGE_BYTES_MAX ?? null,
    holdWaitMs: settings.SWITCHYARD_HOLD_WAIT_MS,
    ...toUpstreamConfig(settings),
    ...toSignInConfig(settings),
    egressAllowedCidrs: Object.freeze(settings.SWITCHYARD_EGRESS_ALLOW),
    refusedDays: settings.SWITCHYARD_REFUSED_DAYS,
    ioLogDays: settings.SWITCHYARD_IO_LOG_DAYS,
    ipDays: settings.SWITCHYARD_IP_DAYS,
    generationMonths: settings.SWITCHYARD_GENERATION_MONTHS,
    roleCaps: Object.freeze({
      admin: settings.SWITCHYARD_WORKSPACE_ADMINS_MAX,
      billing_manager: settings.SWITCHYARD_WORKSPACE_BILLING_MANAGERS_MAX,
    }),
    smtpUrl: settings.SMTP_URL ?? null,
    smtpFrom: settings.SMTP_FROM,
    geoipFile: settings.GEOIP_DB ?? null,
    stripe: stripeOf(settings),
    drainMs: settings.SWITCHYARD_DRAIN_SECONDS * 1_000,
    dashboard: settings.SWITCHYARD_DASHBOARD,
    ...toTelemetryConfig(settings),
  })
}

function describeIssue(issue: z.core.$ZodIssue): string {
  const name = String(issue.path[0])
  return `${name}: ${issue.message}`
}

function conflictsOf(settings: Settings): string[] {
  const problems: string[] = []
  if (settings.DATABASE_URL_DIRECT !== undefined && settings.DATABASE_URL === undefined) {
    problems.push('DATABASE_URL_DIRECT: needs DATABASE_URL')
  }
  const { SWITCHYARD_SECRET: secret, SWITCHYARD_SECRET_PREVIOUS: previous } = settings
  if (previous !== undefined && previous === secret) {
    problems.push('SWITCHYARD_SECRET_PREVIOUS: is the same as SWITCHYARD_SECRET')
  }
  problems.push(...stripeConflicts(settings))
  problems.push(...signInConflicts(settings, settings.SMTP_URL !== undefined))
  problems.push(...roleConflicts(settings, settings.DATABASE_URL))
  problems.push(...tlsConflicts(settings, settings.SWITCHYARD_PUBLIC_URL))
  const isOpen = !LOOPBACK_HOSTS.test(settings.HOST) && settings.TLS_CERT === undefined
  if (isOpen && settings.TRUSTED_PROXIES.length === 0 && settings.SWITCHYARD_ALLOW_HTTP === '0') {
    problems.push(
      `HOST: ${settings.HOST} is reachable from outside and keys would travel unencrypted; set TLS_CERT and TLS_KEY, put a TLS proxy in front and name it in TRUSTED_PROXIES, or set SWITCHYARD_ALLOW_HTTP=1`,
    )
  }
  return problems
}

/** Of the command line, in whose shell the gateway may well be started. */
const CLIENT_NAMES = new Set(['SWITCHYARD_URL', 'SWITCHYARD_INFERENCE_KEY'])

function unknownNames(present: Readonly<Record<string, string | undefined>>): string[] {
  const known = Object.keys(SETTINGS.shape)
  return Object.keys(present).flatMap((name) => {
    if (!name.startsWith('SWITCHYARD_') || known.includes(name) || CLIENT_NAMES.has(name)) return []
    const similar = findSimilarName(name, known)
    return [`${name} is not a setting and is ignored${similar === undefined ? '' : `; did you mean ${similar}?`}`]
  })
}

function idleSettings(settings: Settings, present: Readonly<Record<string, string | undefined>>): string[] {
  const isIdle = settings.SWITCHYARD_BILLING === 'postpaid' && present['SWITCHYARD_INITIAL_CREDITS_USD'] !== undefined
  return isIdle ? ['SWITCHYARD_INITIAL_CREDITS_USD has no effect without SWITCHYARD_BILLING=prepaid'] : []
}
