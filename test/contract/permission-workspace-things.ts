import type { OperationName } from '../../src/contract/operations.ts'
import type { Place } from './permission-places.ts'
import { ORIGIN, type TwoOrganizations } from './two-organizations.ts'

/** How a thing that lies in a workspace and is nobody's own is made and deleted. */
export interface WorkspaceThing {
  /** The paths of the operations that name it begin so. */
  path: string
  create: OperationName
  input: Readonly<Record<string, unknown>>
  delete: OperationName
}

export const WORKSPACE_THINGS: readonly WorkspaceThing[] = [
  {
    path: '/api/v1/byok/{id}',
    create: 'createBYOKKey',
    input: { provider: 'openai', key: 'sk-0123456789abcdef' },
    delete: 'deleteBYOKKey',
  },
  {
    path: '/api/v1/credits/payment-methods/{id}',
    create: 'createPaymentMethod',
    input: { provider: 'manual', name: 'Transfer' },
    delete: 'deletePaymentMethod',
  },
]

/** One in each place, by the management key of its organization. */
export async function makeInEachPlace(
  world: TwoOrganizations,
  thing: WorkspaceThing,
  workspaceIds: Readonly<Record<Place, string>>,
): Promise<Record<Place, string>> {
  const { ours, theirs, control } = world
  const make = async (workspace_id: string, actor = ours.actor) => {
    const input = { ...thing.input, workspace_id }
    const { data } = (await control.invoke(thing.create, actor, input, ORIGIN)) as { data: { id: string } }
    return data.id
  }
  const own = await make(ours.workspaceId)
  const deleted = await make(ours.workspaceId)
  await control.invoke(thing.delete, ours.actor, { id: deleted }, ORIGIN)
  return {
    own,
    colleague: own,
    'sibling workspace': await make(workspaceIds['sibling workspace']),
    'other organization': await make(theirs.workspaceId, theirs.actor),
    deleted,
    unknown: workspaceIds.unknown,
  }
}
