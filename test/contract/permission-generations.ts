import { sql } from 'kysely'
import type { GenerationContentWire } from '../../src/contract/inference/generation-content.ts'
import type { Operation } from '../../src/contract/operation.ts'
import type { Finding } from '../../src/domain/content-filters.ts'
import { toIso } from '../../src/store/schema.ts'
import { Sealer } from '../../src/store/sealer.ts'
import type { Person, Place } from './permission-places.ts'
import { newGeneration, ORIGIN, SEALING_KEY, type TwoOrganizations } from './two-organizations.ts'

const CONTENT: GenerationContentWire = {
  input: { prompt: 'said' },
  output: { completion: 'answered', reasoning: null },
  error: null,
}

/** A generation in each place whose content was kept; of those in the own workspace one by each person. */
export async function makeGenerations(
  world: TwoOrganizations,
  users: ReadonlyMap<Person, string>,
  workspaceIds: Readonly<Record<Place, string>>,
) {
  const { control, ours, theirs } = world
  const make = async (workspaceId: string, actor = ours.actor, userId?: string) => {
    const key = await control.invoke('createKeys', actor, { name: 'used', workspace_id: workspaceId }, ORIGIN)
    const keyId = (key as { data: { id: number } }).data.id
    const of = { workspaceId, keyId, ...(userId === undefined ? {} : { userId }) }
    const id = await newGeneration(world.database, actor.organizationId, of)
    await keepContent(world, { id, workspaceId, organizationId: actor.organizationId })
    return id
  }
  const own = new Map<Person, string>()
  for (const [person, userId] of users) {
    if (person !== 'removed member') own.set(person, await make(ours.workspaceId, ours.actor, userId))
  }
  const others: Partial<Record<Place, string>> = {
    colleague: await make(ours.workspaceId),
    'sibling workspace': await make(workspaceIds['sibling workspace']),
    'other organization': await make(theirs.workspaceId, theirs.actor),
    unknown: `gen-${Math.floor(Date.now() / 1_000)}-${'0'.repeat(20)}`,
  }
  await findSomething(world)
  const ids = (place: Place, person: Person | undefined) =>
    place === 'own' ? person && own.get(person) : others[place]
  return [
    { field: 'generation_id', isNamedBy: ({ id }: Operation) => id === 'submitGenerationFeedback', ids },
    { field: 'id', isNamedBy: ({ path }: Operation) => path.startsWith('/api/v1/generation'), ids },
  ]
}

/** In each of them a filter found something twice, and one of the finds is marked as none. */
async function findSomething({ database: { kysely } }: TwoOrganizations): Promise<void> {
  const finding = (filter: Finding['filter']): Finding => ({
    filter,
    label: null,
    action: 'flag',
    patterns: [],
    count: 1,
  })
  const findings = JSON.stringify([finding('email'), finding('phone')])
  await sql`UPDATE generation SET findings = ${findings}::jsonb`.execute(kysely)
  await sql`INSERT INTO false_positive
      (entry_id, finding, organization_id, workspace_id, refused, requested_at, marked_by, marked_at)
    SELECT id, 1, organization_id, workspace_id, false, created_at, 'somebody', created_at FROM generation`.execute(
    kysely,
  )
}

async function keepContent(
  { database }: TwoOrganizations,
  { id, workspaceId, organizationId }: { id: string; workspaceId: string; organizationId: string },
): Promise<void> {
  await database.kysely.transaction().execute(async (tx) => {
    const place = { table: 'generation_content', row: id, column: 'content' }
    await tx
      .insertInto('generation_content')
      .values({
        generation_id: id,
        organization_id: organizationId,
        workspace_id: workspaceId,
        content: await new Sealer(SEALING_KEY).seal(tx, organizationId, place, JSON.stringify(CONTENT)),
        created_at: toIso(Date.now()),
      })
      .execute()
  })
}
