import { type Config, publicUrlOf } from '../config/config.ts'
import type { Call } from '../contract/client.ts'
import type { OperationName } from '../contract/operations.ts'
import { HANDLERS } from '../control/handlers.ts'
import { type Control, createControl } from '../control/invoke.ts'
import { LongReads } from '../control/long-reads.ts'
import { PublicCalls } from '../control/public-calls.ts'
import { WriterTurns } from '../control/writer-turns.ts'
import { AppError } from '../domain/app-error.ts'
import type { Catalogue } from '../domain/catalogue.ts'
import { systemClock as clock } from '../platform/clock.ts'
import { hashSecretKey } from '../platform/secret-key.ts'
import { readAuditKey } from '../store/installation.ts'
import type { Store } from '../store/open-store.ts'

const NO_CATALOGUE: Catalogue = { priceVersion: 'none', models: new Map(), providers: [] }
const ORIGIN = { surface: 'system', ip: null, userAgent: null, requestId: null } as const

/**
 * The door to management of an installation that is stopped, for operations that ask the database alone: their changes are
 * audited and published as ever, for the gateway to find at its next start. What would ask the gateway throws `unavailable`.
 * Throws StartRefused.
 */
export async function openStoppedControl({ database, sealer, secrets }: Store, config: Config): Promise<Control> {
  const { geoipFile, managementKey, roleCaps, smtpUrl, stripe } = config
  return createControl({
    db: database.kysely,
    clock,
    handlers: HANDLERS,
    auditKey: await readAuditKey(database.kysely, secrets),
    bootstrapKeyHash: managementKey === null ? null : hashSecretKey(managementKey),
    sealer,
    roleCaps,
    publicCalls: new PublicCalls(),
    longReads: new LongReads(),
    writerTurns: new WriterTurns(),
    outside: {
      publicUrl: publicUrlOf(config, config.port),
      isMailOn: smtpUrl !== null,
      isStripeOn: stripe !== null,
      knowsCountries: geoipFile !== null,
      egress: { allowedCidrs: config.egressAllowedCidrs },
      probeDestination: refuse,
    },
    catalogue: () => NO_CATALOGUE,
    restrictionsOf: refuse,
    figuresOf: refuse,
    filterTexts: refuse,
    checkRequest: refuse,
    freeModelsToday: refuse,
    onCommitted: async () => {},
    onQueued: () => {},
    // Nobody serves who would have to hear of it.
    whenFelt: async () => clock.now(),
    waitForFlush: async () => {},
  })
}

/** Calls operations as the installation itself, with the input and the answer that they have over HTTP. Throws AppError. */
export function callAsSystem(control: Control, organizationId: string): Call {
  const actor = { kind: 'system', organizationId, userId: null } as const
  return async (operation, input) =>
    operation.output.parse(await control.invoke(operation.id as OperationName, actor, input, ORIGIN)) as never
}

function refuse(): never {
  throw new AppError('unavailable', 'The gateway is stopped')
}
