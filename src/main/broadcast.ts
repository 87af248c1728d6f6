import type { Config } from '../config/config.ts'
import type { Outside } from '../control/context.ts'
import { BroadcastLoop } from '../jobs/broadcast/broadcast-loop.ts'
import type { BroadcastMetrics } from '../jobs/broadcast/broadcast-metrics.ts'
import { FORMATS } from '../jobs/broadcast/formats/formats.ts'
import { createProbe } from '../jobs/broadcast/probe.ts'
import { createSendBatch } from '../jobs/broadcast/send-batch.ts'
import type { Observe } from '../observe/observation.ts'
import { systemClock as clock } from '../platform/clock.ts'
import type { Store } from '../store/open-store.ts'
import { createGuardedHttp, type SendGuarded } from '../upstream/guarded-http.ts'
import { egressOf } from './gateway.ts'

const RECEIVER_TIMEOUT_MS = 15_000
const RECEIVER_ANSWER_BYTES_MAX = 262_144

/** Tries whether a destination takes what is sent to it. */
export function createDestinationProbe(config: Config): Outside['probeDestination'] {
  return createProbe({ send: receiverHttp(config), now: clock.now, formats: FORMATS })
}

/** Sends traces to the destinations of workspaces, as long as the process runs. */
export function startBroadcast({
  config,
  metrics,
  observe,
  store,
}: {
  store: Store
  config: Config
  observe: Observe
  metrics: BroadcastMetrics
}): BroadcastLoop {
  const db = store.database.kysely
  const send = receiverHttp(config)
  const { sealer } = store
  const sending = { db, sealer, clock, observe, metrics, send, formats: FORMATS, random: Math.random }
  return new BroadcastLoop({ db, clock, observe, metrics, sendBatch: createSendBatch(sending) })
}

function receiverHttp(config: Config): SendGuarded {
  return createGuardedHttp({
    egress: egressOf(config),
    connectTimeoutMs: config.upstreamConnectTimeoutMs,
    timeoutMs: RECEIVER_TIMEOUT_MS,
    answerBytesMax: RECEIVER_ANSWER_BYTES_MAX,
  })
}
