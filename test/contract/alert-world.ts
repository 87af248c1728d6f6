import { loadAlertWires } from '../../src/control/alerts/alert-wire.ts'
import { raiseAlerts } from '../../src/jobs/alerts/raise-alerts.ts'
import { createNetworkWatch, type WatchNetworks } from '../../src/jobs/alerts/watch-networks.ts'
import { Sealer } from '../../src/store/sealer.ts'
import { SEALING_KEY, type TwoOrganizations } from './two-organizations.ts'

/** Looks once, as the job does, at what rules watch, and tells how many alerts that raised. Mail is on. */
export async function lookAt(
  { database }: TwoOrganizations,
  now: number,
  watchNetworks: WatchNetworks = createNetworkWatch(() => null),
): Promise<number> {
  return await raiseAlerts({
    db: database.kysely,
    sealer: new Sealer(SEALING_KEY),
    now: () => now,
    isPrepaid: false,
    isMailOn: true,
    watchNetworks,
    toWires: loadAlertWires,
  })
}
