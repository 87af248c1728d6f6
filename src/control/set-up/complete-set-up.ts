import type { completeSetUp } from '../../contract/management/set-up.ts'
import type { HandlerOf } from '../../contract/operation.ts'
import { AppError } from '../../domain/app-error.ts'
import { randomAlphanumeric } from '../../platform/ids.ts'
import { hashSecretKey, maskSecretKey, newSecretKey } from '../../platform/secret-key.ts'
import { hashSetupToken } from '../../store/bootstrap.ts'
import { insertKey } from '../../store/queries/keys.ts'
import { insertFirstAdmin, takeSetupToken } from '../../store/queries/set-up.ts'
import { getDefaultWorkspace } from '../../store/queries/workspaces.ts'
import { toIso } from '../../store/schema.ts'
import type { ControlContext } from '../context.ts'

/** Makes the first administrator, one management key and one inference key in Default. The token works once, for a day. */
export const handleCompleteSetUp: HandlerOf<typeof completeSetUp, ControlContext> = async (input, context) => {
  const organizationId = await takeSetupToken(context.tx, hashSetupToken(input.token), context.now)
  if (organizationId === undefined) throw new AppError('forbidden', 'This set-up link is not valid (any more)')
  const userId = `user_${randomAlphanumeric(24)}`
  await insertFirstAdmin(context.tx, {
    organizationId,
    userId,
    email: input.email,
    firstName: input.first_name ?? null,
    lastName: input.last_name ?? null,
    now: context.now,
  })
  const workspace = await getDefaultWorkspace(context.tx, organizationId)
  const managementKey = await createKey(context, { organizationId, workspaceId: null, userId })
  const inferenceKey = await createKey(context, { organizationId, workspaceId: workspace.id, userId })
  context.audit({
    resource: 'organization',
    id: organizationId,
    workspaceId: null,
    organizationId,
    after: { user_id: userId, email: input.email },
  })
  return {
    data: {
      user_id: userId,
      organization_id: organizationId,
      workspace_id: workspace.id,
      management_key: managementKey,
      inference_key: inferenceKey,
    },
  }
}

async function createKey(
  context: ControlContext,
  owner: { organizationId: string; workspaceId: string | null; userId: string },
): Promise<string> {
  const secret = newSecretKey()
  const isManagement = owner.workspaceId === null
  const row = await insertKey(context.tx, {
    hash: hashSecretKey(secret),
    organization_id: owner.organizationId,
    workspace_id: owner.workspaceId,
    type: isManagement ? 'management' : 'standard',
    name: isManagement ? 'First management key' : 'First key',
    label: maskSecretKey(secret),
    limit_nano: null,
    limit_reset: null,
    rate_limit_rpm: null,
    creator_user_id: owner.userId,
    external_user: null,
    created_at: toIso(context.now),
  })
  context.changed('key', row.hash, owner.organizationId)
  return secret
}
