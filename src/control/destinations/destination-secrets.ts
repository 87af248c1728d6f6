import type { DestinationRow } from '../../store/queries/destinations.ts'
import type { ControlContext } from '../context.ts'
import type { Config } from './destination-config.ts'

/** What a configuration hides, by name. */
export async function openSecrets(
  { unseal }: Pick<ControlContext, 'unseal'>,
  { id, secrets }: Pick<DestinationRow, 'id' | 'secrets'>,
): Promise<Config> {
  return secrets === null ? {} : (JSON.parse(await unseal(placeOf(id), secrets)) as Config)
}

/** Null where there is nothing to hide. */
export async function sealSecrets(
  { seal }: Pick<ControlContext, 'seal'>,
  id: string,
  secrets: Config,
): Promise<string | null> {
  return Object.keys(secrets).length === 0 ? null : await seal(placeOf(id), JSON.stringify(secrets))
}

function placeOf(id: string) {
  return { table: 'observability_destination', row: id, column: 'secrets' }
}
