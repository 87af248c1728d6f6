import type { Operation } from '../../src/contract/operation.ts'
import { keyCounter, LosingReplica } from './lease-fixtures.ts'
import type { Place } from './permission-places.ts'
import type { Organization, TwoOrganizations } from './two-organizations.ts'

/** Leases of a lost process, which are of no workspace for whoever asks. */
export async function leases({ database, ours, theirs }: TwoOrganizations) {
  const replica = await LosingReplica.begin(database)
  const terms = { amount: 5n, limit: 9n }
  const takeFrom = async ({ actor, keyHash }: Organization) => {
    const keys = database.kysely.selectFrom('api_key').select('id').where('hash', '=', keyHash)
    return await replica.take(actor, keyCounter((await keys.executeTakeFirstOrThrow()).id), terms)
  }
  const ids = [await takeFrom(ours), await takeFrom(theirs)]
  await replica.lose()
  const at: Partial<Record<Place, string | undefined>> = {
    own: ids[0],
    colleague: ids[0],
    'other organization': ids[1],
    unknown: 'unknown',
  }
  return {
    field: 'id',
    isNamedBy: ({ path }: Operation) => path.startsWith('/api/v1/leases/{id}'),
    ids: (place: Place) => at[place],
  }
}
