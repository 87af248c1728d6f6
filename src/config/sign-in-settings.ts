import { z } from 'zod'
import { PASSWORD_LENGTH_MAX, passwordProblem } from '../domain/password-rule.ts'

const DOMAIN = /^(?=.{1,253}$)[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})+$/

/** A list of domains, in lower case. */
const DomainList = z
  .string()
  .max(10_000)
  .transform((text, context) => {
    const domains = text.split(/[\s,]+/).flatMap((part) => (part === '' ? [] : [part.toLowerCase()]))
    const wrong = domains.find((domain) => !DOMAIN.test(domain))
    if (wrong === undefined) return domains
    context.addIssue({ code: 'custom', message: `${wrong} is no domain` })
    return z.NEVER
  })

/** Who may sign up, and where people may sign in beside here. */
export const SIGN_IN_SETTINGS = {
  SWITCHYARD_ADMIN_EMAIL: z
    .email('must be an e-mail address')
    .max(320)
    .optional()
    .describe('E-mail address of the first administrator, whom the first start makes in place of the set-up link'),
  SWITCHYARD_ADMIN_PASSWORD: z
    .string()
    .max(2 * PASSWORD_LENGTH_MAX)
    .optional()
    .describe('Their password; both settings mean nothing once there is anybody'),
  SWITCHYARD_SIGNUP: z
    .enum(['closed', 'domain', 'open'])
    .default('closed')
    .describe('Who may sign up without an invitation: nobody, addresses of SWITCHYARD_SIGNUP_DOMAINS, anybody'),
  SWITCHYARD_SIGNUP_DOMAINS: DomainList.optional().describe('Domains whose addresses may join the organization'),
  OIDC_ISSUER: z
    .url({ protocol: /^https?$/, error: 'must be an http(s) URL' })
    .max(2_000)
    .optional()
    .describe('OpenID Connect provider that people may sign in with'),
  OIDC_CLIENT_ID: z.string().min(1).max(500).optional().describe('What this installation is called there'),
  OIDC_CLIENT_SECRET: z.string().min(1).max(1_000).optional().describe('Its secret there'),
  OIDC_NAME: z.string().min(1).max(100).default('single sign-on').describe('What the button says'),
}

const Settings = z.object(SIGN_IN_SETTINGS)
type Settings = z.output<typeof Settings>

export interface OidcConfig {
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string
  readonly name: string
}

export interface FirstAdmin {
  readonly email: string
  readonly password: string
}

export interface SignInConfig {
  /** Made at a start that finds nobody. */
  readonly firstAdmin: FirstAdmin | null
  readonly signUp: 'closed' | 'domain' | 'open'
  readonly signUpDomains: readonly string[]
  readonly oidc: OidcConfig | null
}

export function toSignInConfig(settings: Settings): SignInConfig {
  const { OIDC_ISSUER: issuer, OIDC_CLIENT_ID: clientId, OIDC_CLIENT_SECRET: clientSecret, OIDC_NAME: name } = settings
  const isWhole = issuer !== undefined && clientId !== undefined && clientSecret !== undefined
  const { SWITCHYARD_ADMIN_EMAIL: email, SWITCHYARD_ADMIN_PASSWORD: password } = settings
  return {
    firstAdmin: email === undefined || password === undefined ? null : Object.freeze({ email, password }),
    signUp: settings.SWITCHYARD_SIGNUP,
    signUpDomains: Object.freeze(settings.SWITCHYARD_SIGNUP_DOMAINS ?? []),
    oidc: isWhole ? Object.freeze({ issuer: issuer.replace(/\/+$/, ''), clientId, clientSecret, name }) : null,
  }
}

/** What of these settings can't be together. */
export function signInConflicts(settings: Settings, isMailOn: boolean): string[] {
  const { SWITCHYARD_SIGNUP: signUp, SWITCHYARD_SIGNUP_DOMAINS: domains = [] } = settings
  const problems: string[] = []
  if (signUp !== 'closed' && !isMailOn)
    problems.push('SWITCHYARD_SIGNUP: needs SMTP_URL, because an address is proven by mail')
  if (signUp === 'domain' && domains.length === 0) problems.push('SWITCHYARD_SIGNUP: needs SWITCHYARD_SIGNUP_DOMAINS')
  const oidc = (['OIDC_ISSUER', 'OIDC_CLIENT_ID', 'OIDC_CLIENT_SECRET'] as const).filter((name) => !settings[name])
  if (oidc.length > 0 && oidc.length < 3) problems.push(`${oidc[0]}: needed beside the other OIDC settings`)
  return [...problems, ...firstAdminConflicts(settings)]
}

function firstAdminConflicts(settings: Settings): string[] {
  const { SWITCHYARD_ADMIN_EMAIL: email, SWITCHYARD_ADMIN_PASSWORD: password } = settings
  if (email === undefined && password === undefined) return []
  if (password === undefined) return ['SWITCHYARD_ADMIN_PASSWORD: needed beside SWITCHYARD_ADMIN_EMAIL']
  if (email === undefined) return ['SWITCHYARD_ADMIN_EMAIL: needed beside SWITCHYARD_ADMIN_PASSWORD']
  const problem = passwordProblem(password, { email, hasSecondFactor: false })
  return problem === undefined ? [] : [`SWITCHYARD_ADMIN_PASSWORD: ${problem}`]
}
