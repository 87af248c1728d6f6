import type { AlertRuleWire } from '../../src/contract/management/alerts.ts'
import { loadAlertWires } from '../../src/control/alerts/alert-wire.ts'
import { type AlertParts, raiseAlerts } from '../../src/jobs/alerts/raise-alerts.ts'
import { createNetworkWatch } from '../../src/jobs/alerts/watch-networks.ts'
import { Sealer } from '../../src/store/sealer.ts'
import { ORIGIN, SEALING_KEY, type TwoOrganizations } from './two-organizations.ts'

/** Looks once, as the job does, at what rules watch, and tells how many alerts that raised. Mail is on. */
export async function lookAt(
  { database }: TwoOrganizations,
  now: number,
  options: Partial<AlertParts> = {},
): Promise<number> {
  return await raiseAlerts({
    db: database.kysely,
    sealer: new Sealer(SEALING_KEY),
    now: () => now,
    isPrepaid: false,
    isMailOn: true,
    isThorough: true,
    watchNetworks: createNetworkWatch(() => null),
    onFailure: (message) => {
      throw new Error(message)
    },
    toWires: loadAlertWires,
    ...options,
  })
}

/** An organization begins with rules, which would tell of everything a second time. Returns what they were. */
export async function withoutDefaultRules({ control, ours }: TwoOrganizations): Promise<AlertRuleWire[]> {
  const { data } = (await control.invoke('listAlertRules', ours.actor, {}, ORIGIN)) as { data: AlertRuleWire[] }
  for (const { id } of data) await control.invoke('deleteAlertRule', ours.actor, { id }, ORIGIN)
  return data
}
