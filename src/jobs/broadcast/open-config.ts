import type { DestinationRow } from '../../store/queries/destinations.ts'
import type { Db } from '../../store/schema.ts'
import type { Sealer } from '../../store/sealer.ts'
import type { DestinationSecrets } from './formats/format.ts'

/** The configuration of a destination with its secrets. Throws SealBroken. */
export async function configOf(
  { db, sealer }: { db: Db; sealer: Sealer },
  { config, id, organization_id, secrets }: Pick<DestinationRow, 'config' | 'id' | 'organization_id' | 'secrets'>,
): Promise<DestinationSecrets> {
  if (secrets === null) return config
  const place = { table: 'observability_destination', row: id, column: 'secrets' }
  const opened = await sealer.unseal(db, organization_id, place, secrets)
  return { ...config, ...(JSON.parse(opened) as DestinationSecrets) }
}
