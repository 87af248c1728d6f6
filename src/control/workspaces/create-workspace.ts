import type { createWorkspace } from '../../contract/management/workspaces.ts'
import type { HandlerOf } from '../../contract/operation.ts'
import { newUuid } from '../../platform/ids.ts'
import { insertWorkspace } from '../../store/queries/workspaces.ts'
import { toIso } from '../../store/schema.ts'
import { requireInOrganization } from '../access.ts'
import { type ControlContext, organizationOf } from '../context.ts'
import { readLoggedKeys } from './io-logging-keys.ts'
import { workspaceAccessToRow } from './workspace-access.ts'
import { readWorkspaceFunding } from './workspace-funding.ts'
import { workspaceToWire } from './workspace-wire.ts'

export const handleCreateWorkspace: HandlerOf<typeof createWorkspace, ControlContext> = async (input, context) => {
  requireInOrganization(context, 'workspace:create')
  const row = await insertWorkspace(context.tx, {
    id: newUuid(),
    organization_id: organizationOf(context),
    slug: input.slug,
    name: input.name,
    description: input.description ?? null,
    default_text_model: input.default_text_model ?? null,
    default_image_model: input.default_image_model ?? null,
    default_provider_sort: input.default_provider_sort ?? null,
    io_logging_api_key_ids: await readLoggedKeys(context, input.io_logging_api_key_ids ?? null),
    io_logging_sampling_rate: input.io_logging_sampling_rate ?? 1,
    is_data_discount_logging_enabled: input.is_data_discount_logging_enabled ?? true,
    is_observability_broadcast_enabled: input.is_observability_broadcast_enabled ?? false,
    is_observability_io_logging_enabled: input.is_observability_io_logging_enabled ?? false,
    is_io_logging_redacted: input.is_io_logging_redacted ?? false,
    disabled_server_tools: input.disabled_server_tools ?? null,
    ...workspaceAccessToRow(input),
    ...(await readWorkspaceFunding(input, undefined, context)),
    created_at: toIso(context.now),
    created_by: context.access.userId,
  })
  context.changed('workspace', row.id)
  const data = workspaceToWire(row)
  context.audit({ resource: 'workspace', id: row.id, workspaceId: row.id, after: data })
  return { data }
}
