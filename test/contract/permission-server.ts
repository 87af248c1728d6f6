import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type OperationName, operationOf } from '../../src/contract/operations.ts'
import { HANDLERS } from '../../src/control/handlers.ts'
import type { ControlParts } from '../../src/control/invoke.ts'
import { AppError } from '../../src/domain/app-error.ts'
import { CatalogueViews } from '../../src/domain/catalogue-views.ts'
import { FirstUses } from '../../src/gateway/first-uses.ts'
import { KeyDirectory } from '../../src/gateway/key-directory.ts'
import { SecurityEvents } from '../../src/gateway/security-events.ts'
import { withSurroundings } from '../../src/gateway/snapshot/load-surroundings.ts'
import { Snapshot } from '../../src/gateway/snapshot/snapshot.ts'
import { findActorOfSecret } from '../../src/gateway/stages/authenticate.ts'
import { createHttpApp } from '../../src/http/app.ts'
import { authenticationBy } from '../../src/http/authentication.ts'
import { createIdentity } from '../../src/identity/identity.ts'
import type { SessionParts } from '../../src/identity/session-actor.ts'
import { systemClock as clock } from '../../src/platform/clock.ts'
import { findKey, findOrganizationParts, findWorkspace } from '../../src/store/load-snapshot.ts'
import { Sealer } from '../../src/store/sealer.ts'
import { SESSION_KEY } from './permission-credentials.ts'
import type { TwoOrganizations } from './two-organizations.ts'

/** What a handler's work ends with, so that none of it is ever committed. */
export const REACHED = 'this handler was let do all it does'

export interface PermissionServer {
  url: string
  /** Whether a handler has run since this was last asked. */
  takeReached(): boolean
  /** What was answered with 5xx since this was last asked. */
  takeBugs(): unknown[]
  close(): Promise<void>
}

/**
 * The real surfaces, REST, SCIM and MCP, over a world's database, with handlers that do all their work and leave nothing behind.
 * With `dashboard`, the folder of the built one, also its pages, and what only reads is answered.
 */
export async function serveInVain(world: TwoOrganizations, dashboard?: string): Promise<PermissionServer> {
  const db = world.database.kysely
  const bugs: unknown[] = []
  let hasReached = false
  const inVain = (handler: (...args: never[]) => Promise<unknown>) => {
    return async (...args: never[]) => {
      hasReached = true
      await handler(...args)
      throw new AppError('conflict', REACHED)
    }
  }
  const isAnswered = (name: string) => dashboard !== undefined && operationOf(name as OperationName).effect === 'read'
  const handlers = Object.entries(HANDLERS).map(([name, handler]) => [
    name,
    isAnswered(name) ? handler : inVain(handler as never),
  ])
  const control = world.controlWith({ handlers: Object.fromEntries(handlers) as ControlParts['handlers'] })
  const snapshot = new Snapshot(new CatalogueViews({ priceVersion: 'none', models: new Map(), providers: [] }))
  const load = withSurroundings((hash) => findKey(db, hash, clock.now()), {
    snapshot,
    loadWorkspace: (id) => findWorkspace(db, id),
    loadOrganization: (id) => findOrganizationParts(db, id),
  })
  const keys = new KeyDirectory({ snapshot, load, clock, firstUses: new FirstUses() })
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const publicUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const security = new SecurityEvents(
    async () => {},
    async () => new Map(),
  )
  const gate = { keys, snapshot, isCutOff: () => false, security, publicUrl }
  const findKeyActor: SessionParts['findKeyActor'] = (hash, ip) =>
    findActorOfSecret(hash, { headers: {}, ip }, gate, clock.now())
  const sessions = { db, clock, keys: [SESSION_KEY], publicUrl, findKeyActor }
  const app = await createHttpApp({
    ...control,
    ...authenticationBy(gate, sessions, async () => {}),
    identity: createIdentity({
      ...sessions,
      sealer: new Sealer(SESSION_KEY),
      control,
      settings: { signUp: 'closed', signUpDomains: [], isMailOn: false },
      oidc: null,
      onMail: () => {},
      onFailure: (error) => bugs.push(error),
    }),
    infer: () => Promise.reject(new Error('nothing is inferred here')),
    observe: (observation) => {
      if (observation.type === 'request_failed') bugs.push(observation.error)
    },
    clock,
    trustedProxies: null,
    role: 'all',
    isReady: () => true,
    degraded: () => [],
    unflushedCount: () => 0,
    unconfirmedLeaseCount: () => 0,
    samples: () => {
      throw new Error('nobody reads metrics here')
    },
    metricsToken: null,
    receivePayment: () => undefined,
    publicUrl,
    dashboard: dashboard === undefined ? undefined : { directory: dashboard, isBuilding: () => false },
    docs: undefined,
    serverFactory: (listener: RequestListener) => server.on('request', listener),
  })
  await app.ready()
  return {
    url: publicUrl,
    takeReached: () => {
      const was = hasReached
      hasReached = false
      return was
    },
    takeBugs: () => bugs.splice(0),
    close: async () => {
      server.closeAllConnections()
      await app.close()
      server.close()
    },
  }
}
