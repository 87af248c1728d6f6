import { randomAlphanumeric, uuidV5 } from '../platform/ids.ts'
import { recordChanges } from './queries/changes.ts'
import { type Tx, toIso } from './schema.ts'

const WORKSPACE_NAMESPACE = '8a4f1c52-6c0e-5d55-9a0b-6b3f0e9a7d11'

/** Makes an organization with its Default workspace and nobody in it. Returns its id. */
export async function insertOrganization(tx: Tx, { name, now }: { name: string; now: number }): Promise<string> {
  const id = `org_${randomAlphanumeric(24)}`
  const created_at = toIso(now)
  await tx.insertInto('organization').values({ id, name, created_at }).execute()
  await tx.insertInto('organization_head').values({ organization_id: id }).execute()
  await tx
    .insertInto('workspace')
    .values({
      id: defaultWorkspaceId(id),
      organization_id: id,
      slug: 'default',
      name: 'Default',
      is_default: true,
      description: null,
      default_text_model: null,
      default_image_model: null,
      default_provider_sort: null,
      io_logging_api_key_ids: null,
      disabled_server_tools: null,
      created_at,
      created_by: null,
    })
    .execute()
  await recordChanges(tx, id, [{ kind: 'workspace', id: defaultWorkspaceId(id) }], now)
  return id
}

/** Default workspace id: derived from the organization's, so that it is the same wherever it is computed. */
function defaultWorkspaceId(organizationId: string): string {
  return uuidV5(WORKSPACE_NAMESPACE, organizationId)
}
