import { type Config, ConfigError } from '../config/config.ts'
import { loadAlertWires } from '../control/alerts/alert-wire.ts'
import { disableAlertChannel } from '../control/alerts/channels.ts'
import type { Control } from '../control/invoke.ts'
import { ALERT_DELIVERY_KIND } from '../domain/alerts/alert-deliveries.ts'
import { openCountryLookup } from '../jobs/alerts/country-lookup.ts'
import { createAlertDelivery } from '../jobs/alerts/deliver-alert.ts'
import { raiseAlerts } from '../jobs/alerts/raise-alerts.ts'
import { type CountryOf, createNetworkWatch } from '../jobs/alerts/watch-networks.ts'
import { createMailDelivery } from '../jobs/deliver-mail.ts'
import { OutboxLoop } from '../jobs/outbox-loop.ts'
import { RepeatLoop } from '../jobs/repeat-loop.ts'
import type { Observe } from '../observe/observation.ts'
import { systemClock as clock } from '../platform/clock.ts'
import type { Store } from '../store/open-store.ts'
import { createGuardedHttp } from '../upstream/guarded-http.ts'
import { egressOf } from './gateway.ts'

const LOOK_MS = 5_000
/** Looking takes at most one part in so many of the time, but is done at least so often: what else asks the database while it
 *  is looked is slower. */
const REST_FACTOR = 100
const REST_MAX_MS = 20_000
/** Everything is looked at that often, and otherwise what has moved lately. */
const THOROUGH_MS = 600_000
const RECEIVER_TIMEOUT_MS = 15_000
const RECEIVER_ANSWER_BYTES_MAX = 65_536

export interface Alerts {
  /** Something was just committed that may be an alert on its way. */
  wake: () => void
  stop: () => Promise<void>
}

interface AlertsContext {
  store: Store
  config: Config
  control: Control
  observe: Observe
  /** Mail was just committed to the outbox. */
  onMail: () => void
}

/** Looks for what rules watch, and carries what they tell to its channels. Throws ConfigError. */
export async function startAlerts(context: AlertsContext): Promise<Alerts> {
  const { config, observe, onMail, store } = context
  const outbox = createDeliveries(context)
  const watchNetworks = createNetworkWatch(await countryLookup(config))
  const onFailure = (message: string) => observe({ type: 'alerts_failed', message })
  let notBefore = 0
  let thoroughFrom = 0
  const look = new RepeatLoop({
    intervalMs: LOOK_MS,
    run: async () => {
      const begun = clock.monotonic()
      if (begun < notBefore) return
      const raised = await raiseAlerts({
        db: store.database.kysely,
        sealer: store.sealer,
        now: clock.now,
        isPrepaid: config.billing === 'prepaid',
        isMailOn: config.smtpUrl !== null,
        isThorough: begun >= thoroughFrom,
        watchNetworks,
        onFailure,
        toWires: loadAlertWires,
      })
      const ended = clock.monotonic()
      if (begun >= thoroughFrom) thoroughFrom = ended + THOROUGH_MS
      notBefore = ended + Math.min(REST_FACTOR * (ended - begun), REST_MAX_MS)
      if (raised === 0) return
      observe({ type: 'alerts_raised', count: raised })
      outbox.wake()
      onMail()
    },
    onFailure,
  })
  outbox.start()
  return {
    wake: () => outbox.wake(),
    stop: async () => {
      await look.stop()
      await outbox.stop()
    },
  }
}

async function countryLookup({ geoipFile }: Config): Promise<CountryOf> {
  if (geoipFile === null) return () => null
  try {
    return await openCountryLookup(geoipFile)
  } catch (error) {
    throw new ConfigError([`GEOIP_DB: ${geoipFile} is no MMDB file that can be read: ${(error as Error).message}`])
  }
}

/** A loop of its own, so that a receiver that doesn't answer keeps no mail waiting. */
function createDeliveries({ config, control, observe, store }: AlertsContext): OutboxLoop {
  const db = store.database.kysely
  const { smtpFrom: from, smtpUrl } = config
  const deliver = createAlertDelivery({
    db,
    sealer: store.sealer,
    send: createGuardedHttp({
      egress: egressOf(config),
      connectTimeoutMs: config.upstreamConnectTimeoutMs,
      timeoutMs: RECEIVER_TIMEOUT_MS,
      answerBytesMax: RECEIVER_ANSWER_BYTES_MAX,
    }),
    sendMail: smtpUrl === null ? null : createMailDelivery({ smtpUrl, from }),
    now: clock.now,
    disable: (channel, reason) =>
      control.actAsSystem({
        action: 'disableAlertChannel',
        organizationId: channel.organization_id,
        work: (context) => disableAlertChannel(context, channel, reason),
      }),
  })
  return new OutboxLoop({
    db,
    sealer: store.sealer,
    clock,
    observe,
    deliverers: { [ALERT_DELIVERY_KIND]: deliver },
    random: Math.random,
  })
}
