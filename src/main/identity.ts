import type { Config } from '../config/config.ts'
import type { Control } from '../control/invoke.ts'
import type { GatewayParts } from '../gateway/inference.ts'
import { requireReaderRate } from '../gateway/limits/require-rate.ts'
import { findActorOfSecret } from '../gateway/stages/authenticate.ts'
import { authenticationBy } from '../http/authentication.ts'
import type { HttpParts } from '../http/http-parts.ts'
import { createIdentity } from '../identity/identity.ts'
import { OidcClient, type SendToProvider } from '../identity/oidc-client.ts'
import type { SessionParts } from '../identity/session-actor.ts'
import { sessionKeysOf } from '../identity/session-cookie.ts'
import type { Observe } from '../observe/observation.ts'
import { systemClock as clock } from '../platform/clock.ts'
import type { Store } from '../store/open-store.ts'
import { createGuardedHttp } from '../upstream/guarded-http.ts'
import { egressOf } from './gateway.ts'

const LOOPBACK = ['127.0.0.0/8', '::1/128']
const CONNECT_TIMEOUT_MS = 5_000
const EXCHANGE_TIMEOUT_MS = 10_000
const ANSWER_BYTES_MAX = 1_048_576

/** Who sessions stand for. */
function sessionsOf({ database, secrets }: Store, parts: GatewayParts): SessionParts {
  const { publicUrl } = parts.settings
  return { db: database.kysely, clock, keys: sessionKeysOf(secrets), publicUrl, findKeyActor: keyActorsOf(parts) }
}

/** How callers are told from each other, and how people sign in. */
export function startIdentity(context: {
  config: Config
  store: Store
  observe: Observe
  control: Control
  parts: GatewayParts
  onMail: () => void
}): Pick<HttpParts, 'identity' | keyof ReturnType<typeof authenticationBy>> {
  const { config, control, observe, onMail, parts, store } = context
  const { signUp, signUpDomains, smtpUrl } = config
  const sessions = sessionsOf(store, parts)
  const identity = createIdentity({
    ...sessions,
    sealer: store.sealer,
    control,
    settings: { signUp, signUpDomains, isMailOn: smtpUrl !== null },
    oidc: createOidc(config, parts.settings.publicUrl),
    onMail,
    onFailure: (error) => observe({ type: 'request_failed', requestId: 'identity', error }),
  })
  return { ...authenticationBy(parts, sessions, (actor) => requireReaderRate(actor, parts)), identity }
}

/** The issuer is the operator's own, so that it may be on this machine: whoever sets it may set that, too. Other places are what
 *  the issuer says, and lead nowhere inside. */
function createOidc(config: Config, publicUrl: string): OidcClient | null {
  if (config.oidc === null) return null
  const { allowedCidrs } = egressOf(config)
  const bounds = {
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    timeoutMs: EXCHANGE_TIMEOUT_MS,
    answerBytesMax: ANSWER_BYTES_MAX,
  }
  const { origin } = new URL(config.oidc.issuer)
  const toIssuer = createGuardedHttp({ egress: { allowedCidrs: [...allowedCidrs, ...LOOPBACK] }, ...bounds })
  const elsewhere = createGuardedHttp({ egress: { allowedCidrs }, ...bounds })
  const send: SendToProvider = (request) =>
    new URL(request.url).origin === origin ? toIssuer(request) : elsewhere(request)
  return new OidcClient({ ...config.oidc, redirectUri: `${publicUrl}/auth-api/sign-in/oidc/callback`, send, clock })
}

function keyActorsOf(parts: GatewayParts): SessionParts['findKeyActor'] {
  return (keyHash, ip) => findActorOfSecret(keyHash, { headers: {}, ip }, parts, clock.now())
}
