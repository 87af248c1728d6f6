import type { Handlers } from '../contract/operations.ts'
import { handleGetUserActivity } from './activity/get-user-activity.ts'
import { ALERT_CHANNEL_HANDLERS } from './alerts/channels.ts'
import { ALERT_HANDLERS } from './alerts/handlers.ts'
import { ANALYTICS_HANDLERS } from './analytics/handlers.ts'
import { AUDIT_HANDLERS } from './audit-logs/handlers.ts'
import { BUDGET_HANDLERS } from './budgets/handlers.ts'
import { BYOK_HANDLERS } from './byok/handlers.ts'
import {
  handleCountModels,
  handleGetModel,
  handleListEmbeddingsModels,
  handleListEndpoints,
  handleListEndpointsZdr,
  handleListModels,
  handleListProviders,
  handleListUserModels,
} from './catalogue/read-catalogue.ts'
import type { ControlContext, MemoryContext } from './context.ts'
import { CREDIT_HANDLERS } from './credits/handlers.ts'
import { CUSTOM_PROVIDER_HANDLERS } from './custom-providers/handlers.ts'
import { CUSTOM_ROLE_HANDLERS } from './custom-roles/handlers.ts'
import { DESTINATION_DELIVERY_HANDLERS } from './destinations/delivery-handlers.ts'
import { DESTINATION_HANDLERS } from './destinations/handlers.ts'
import { EXPLANATION_HANDLERS } from './generations/explain-generation.ts'
import { FALSE_POSITIVE_HANDLERS } from './generations/false-positives.ts'
import { GENERATION_CONTENT_HANDLERS } from './generations/generation-content.ts'
import { handleGetGeneration } from './generations/get-generation.ts'
import { GUARDRAIL_HANDLERS, GUARDRAIL_PREVIEW_HANDLERS } from './guardrails/handlers.ts'
import { INVITATION_HANDLERS } from './invitations/handlers.ts'
import { INVOICE_HANDLERS } from './invoices/handlers.ts'
import { handleDeleteKeys, handleUpdateKeys } from './keys/change-keys.ts'
import { handleCreateKeys } from './keys/create-keys.ts'
import { handleEndKeyOverlap, handleGetKeyRotation } from './keys/end-overlap.ts'
import { handleGetCurrentKey, handleGetKey, handleListKeys } from './keys/read-keys.ts'
import { handleReportKeyLeak } from './keys/report-leak.ts'
import { handleRotateKeys } from './keys/rotate-keys.ts'
import { LEASE_HANDLERS } from './leases/handlers.ts'
import { LOG_HANDLERS } from './logs/list-logs.ts'
import { MEMBER_HANDLERS } from './members/handlers.ts'
import { OAUTH_HANDLERS } from './oauth/handlers.ts'
import { handleGetCredits, handleListOrganizationMembers } from './organization/read-organization.ts'
import { ORGANIZATION_POLICY_HANDLERS } from './organization-policy/handlers.ts'
import { PAYMENT_METHOD_HANDLERS } from './payments/handlers.ts'
import { PRESET_HANDLERS } from './presets/handlers.ts'
import { PROJECT_HANDLERS } from './projects/handlers.ts'
import { SCIM_HANDLERS } from './scim/handlers.ts'
import { SECURITY_EVENT_HANDLERS } from './security-events/handlers.ts'
import { handleCompleteSetUp } from './set-up/complete-set-up.ts'
import { SIMULATION_HANDLERS } from './simulation/simulate.ts'
import { handleCreateWorkspace } from './workspaces/create-workspace.ts'
import { handleDeleteWorkspace } from './workspaces/delete-workspace.ts'
import { handleGetWorkspace } from './workspaces/get-workspace.ts'
import { handleListWorkspaces } from './workspaces/list-workspaces.ts'
import { handleUpdateWorkspace } from './workspaces/update-workspace.ts'
import {
  handleBulkAddWorkspaceMembers,
  handleBulkRemoveWorkspaceMembers,
  handleListWorkspaceMembers,
} from './workspaces/workspace-members.ts'

/** Who carries out what. An operation without a line here doesn't compile. */
export const HANDLERS: Handlers<ControlContext, MemoryContext> = {
  listWorkspaces: handleListWorkspaces,
  createWorkspace: handleCreateWorkspace,
  getWorkspace: handleGetWorkspace,
  updateWorkspace: handleUpdateWorkspace,
  deleteWorkspace: handleDeleteWorkspace,
  listWorkspaceMembers: handleListWorkspaceMembers,
  bulkAddWorkspaceMembers: handleBulkAddWorkspaceMembers,
  bulkRemoveWorkspaceMembers: handleBulkRemoveWorkspaceMembers,
  listKeys: handleListKeys,
  createKeys: handleCreateKeys,
  getKey: handleGetKey,
  updateKeys: handleUpdateKeys,
  deleteKeys: handleDeleteKeys,
  getCurrentKey: handleGetCurrentKey,
  rotateKeys: handleRotateKeys,
  getKeyRotation: handleGetKeyRotation,
  endKeyOverlap: handleEndKeyOverlap,
  reportKeyLeak: handleReportKeyLeak,
  ...OAUTH_HANDLERS,
  ...GUARDRAIL_HANDLERS,
  ...GUARDRAIL_PREVIEW_HANDLERS,
  ...ORGANIZATION_POLICY_HANDLERS,
  getCredits: handleGetCredits,
  listOrganizationMembers: handleListOrganizationMembers,
  getUserActivity: handleGetUserActivity,
  getGeneration: handleGetGeneration,
  listModels: handleListModels,
  listUserModels: handleListUserModels,
  countModels: handleCountModels,
  getModel: handleGetModel,
  listEmbeddingsModels: handleListEmbeddingsModels,
  listEndpoints: handleListEndpoints,
  listEndpointsZdr: handleListEndpointsZdr,
  listProviders: handleListProviders,
  completeSetUp: handleCompleteSetUp,
  ...ANALYTICS_HANDLERS,
  ...MEMBER_HANDLERS,
  ...INVITATION_HANDLERS,
  ...INVOICE_HANDLERS,
  ...CUSTOM_ROLE_HANDLERS,
  ...AUDIT_HANDLERS,
  ...SCIM_HANDLERS,
  ...LOG_HANDLERS,
  ...SIMULATION_HANDLERS,
  ...SECURITY_EVENT_HANDLERS,
  ...GENERATION_CONTENT_HANDLERS,
  ...EXPLANATION_HANDLERS,
  ...FALSE_POSITIVE_HANDLERS,
  ...DESTINATION_HANDLERS,
  ...DESTINATION_DELIVERY_HANDLERS,
  ...BYOK_HANDLERS,
  ...BUDGET_HANDLERS,
  ...CREDIT_HANDLERS,
  ...LEASE_HANDLERS,
  ...CUSTOM_PROVIDER_HANDLERS,
  ...PAYMENT_METHOD_HANDLERS,
  ...PRESET_HANDLERS,
  ...PROJECT_HANDLERS,
  ...ALERT_HANDLERS,
  ...ALERT_CHANNEL_HANDLERS,
}
