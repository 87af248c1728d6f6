import {
  countModels,
  getModel,
  listEmbeddingsModels,
  listEndpoints,
  listEndpointsZdr,
  listModels,
  listProviders,
  listUserModels,
} from './inference/catalogue.ts'
import { EXPLANATION_OPERATIONS } from './inference/explanations.ts'
import { FALSE_POSITIVE_OPERATIONS } from './inference/false-positives.ts'
import { GENERATION_CONTENT_OPERATIONS } from './inference/generation-content.ts'
import { getGeneration } from './inference/generations.ts'
import { getUserActivity } from './management/activity.ts'
import { ALERT_CHANNEL_OPERATIONS } from './management/alert-channels.ts'
import { ALERT_OPERATIONS } from './management/alerts.ts'
import { ANALYTICS_OPERATIONS } from './management/analytics.ts'
import { AUDIT_OPERATIONS } from './management/audit.ts'
import { BUDGET_OPERATIONS } from './management/budgets.ts'
import { BYOK_OPERATIONS } from './management/byok.ts'
import { CREDIT_OPERATIONS } from './management/credits.ts'
import { CUSTOM_PROVIDER_OPERATIONS } from './management/custom-providers.ts'
import { CUSTOM_ROLE_OPERATIONS } from './management/custom-roles.ts'
import { DESTINATION_DELIVERY_OPERATIONS } from './management/destination-delivery.ts'
import { DESTINATION_OPERATIONS } from './management/destinations.ts'
import { GUARDRAIL_PREVIEW_OPERATIONS } from './management/guardrail-previews.ts'
import { GUARDRAIL_OPERATIONS } from './management/guardrails.ts'
import { INVITATION_OPERATIONS } from './management/invitations.ts'
import { INVOICE_OPERATIONS } from './management/invoices.ts'
import { KEY_ROTATION_OPERATIONS } from './management/key-rotation.ts'
import { createKeys, deleteKeys, getCurrentKey, getKey, listKeys, updateKeys } from './management/keys.ts'
import { LEAK_REPORT_OPERATIONS } from './management/leak-report.ts'
import { LEASE_OPERATIONS } from './management/leases.ts'
import { LOG_OPERATIONS } from './management/logs.ts'
import { MEMBER_OPERATIONS } from './management/members.ts'
import { OAUTH_OPERATIONS } from './management/oauth.ts'
import { getCredits, listOrganizationMembers } from './management/organization.ts'
import { ORGANIZATION_POLICY_OPERATIONS } from './management/organization-policy.ts'
import { PAYMENT_METHOD_OPERATIONS } from './management/payment-methods.ts'
import { PRESET_OPERATIONS } from './management/presets.ts'
import { PROJECT_OPERATIONS } from './management/projects.ts'
import { SCIM_OPERATIONS } from './management/scim.ts'
import { DIRECTORY_OPERATIONS } from './management/scim-directory.ts'
import { SECURITY_EVENT_OPERATIONS } from './management/security-events.ts'
import { completeSetUp } from './management/set-up.ts'
import { SIMULATION_OPERATIONS } from './management/simulation.ts'
import {
  bulkAddWorkspaceMembers,
  bulkRemoveWorkspaceMembers,
  createWorkspace,
  deleteWorkspace,
  getWorkspace,
  listWorkspaceMembers,
  listWorkspaces,
  updateWorkspace,
} from './management/workspaces.ts'
import type { HandlersFor, Operation } from './operation.ts'

/** Every operation there is. What isn't in this list has no route, no tool and no documentation. */
export const OPERATIONS = {
  listWorkspaces,
  createWorkspace,
  getWorkspace,
  updateWorkspace,
  deleteWorkspace,
  listWorkspaceMembers,
  bulkAddWorkspaceMembers,
  bulkRemoveWorkspaceMembers,
  listKeys,
  createKeys,
  getKey,
  updateKeys,
  deleteKeys,
  getCurrentKey,
  ...KEY_ROTATION_OPERATIONS,
  ...LEAK_REPORT_OPERATIONS,
  ...OAUTH_OPERATIONS,
  ...GUARDRAIL_OPERATIONS,
  ...GUARDRAIL_PREVIEW_OPERATIONS,
  ...ORGANIZATION_POLICY_OPERATIONS,
  getCredits,
  listOrganizationMembers,
  getUserActivity,
  getGeneration,
  listModels,
  listUserModels,
  countModels,
  getModel,
  listEmbeddingsModels,
  listEndpoints,
  listEndpointsZdr,
  listProviders,
  completeSetUp,
  ...ANALYTICS_OPERATIONS,
  ...MEMBER_OPERATIONS,
  ...INVITATION_OPERATIONS,
  ...INVOICE_OPERATIONS,
  ...CUSTOM_ROLE_OPERATIONS,
  ...AUDIT_OPERATIONS,
  ...SCIM_OPERATIONS,
  ...DIRECTORY_OPERATIONS,
  ...LOG_OPERATIONS,
  ...SIMULATION_OPERATIONS,
  ...SECURITY_EVENT_OPERATIONS,
  ...GENERATION_CONTENT_OPERATIONS,
  ...EXPLANATION_OPERATIONS,
  ...FALSE_POSITIVE_OPERATIONS,
  ...DESTINATION_OPERATIONS,
  ...DESTINATION_DELIVERY_OPERATIONS,
  ...BYOK_OPERATIONS,
  ...BUDGET_OPERATIONS,
  ...CREDIT_OPERATIONS,
  ...LEASE_OPERATIONS,
  ...CUSTOM_PROVIDER_OPERATIONS,
  ...PAYMENT_METHOD_OPERATIONS,
  ...PRESET_OPERATIONS,
  ...PROJECT_OPERATIONS,
  ...ALERT_OPERATIONS,
  ...ALERT_CHANNEL_OPERATIONS,
} as const

export type Operations = typeof OPERATIONS
export type OperationName = keyof Operations

/** Those that are routes of the API, tools and commands: set-up has no key to ask with, and other protocols are for those who
 *  speak them. */
export const API_OPERATIONS: readonly OperationName[] = (Object.keys(OPERATIONS) as OperationName[]).filter(
  (name) => name !== 'completeSetUp' && operationOf(name).protocol === undefined,
)

/** What a name stands for, by the shape all have in common. Each of the declarations was held against it where it was made;
 *  to compare them all again wherever one is looked up would take the compiler longer than everything else. */
export function operationOf(name: OperationName): Operation {
  return OPERATIONS[name] as unknown as Operation
}

export type Handlers<Context, MemoryContext> = HandlersFor<Operations, Context, MemoryContext>
