import type { OperationName } from '../../src/contract/operations.ts'

/*
 * What each operation asks of whoever calls it, and what each role has, written down here a second time and by hand: the
 * contract and the code are compared with this, not with themselves. A new operation needs a row, or this doesn't compile.
 */

export type Reach = 'ws' | 'own' | '-'
export type RoleName = 'admin' | 'developer' | 'viewer' | 'billing_manager'

const row = (admin: Reach, developer: Reach, viewer: Reach, billing_manager: Reach) => ({
  admin,
  developer,
  viewer,
  billing_manager,
})
const FOR_ADMINS = row('ws', '-', '-', '-')
const FOR_MAKERS = row('ws', 'own', '-', '-')
const FOR_EVERYBODY = row('ws', 'ws', 'ws', 'ws')
const FOR_PAYERS = row('ws', '-', '-', 'ws')
const OWN_FOR_MAKERS = row('ws', 'own', 'ws', 'ws')
const WITHOUT_PAYERS = row('ws', 'ws', 'ws', '-')

/** What a membership gives in its workspace. */
export const ROLE_TABLE = {
  'workspace:read': FOR_EVERYBODY,
  'workspace:update': FOR_ADMINS,
  'workspace:delete': FOR_ADMINS,
  'member:read': FOR_EVERYBODY,
  'member:write': FOR_ADMINS,
  'invitation:read': FOR_ADMINS,
  'invitation:write': FOR_ADMINS,
  'key:read': FOR_MAKERS,
  'key:create': FOR_MAKERS,
  'key:update': FOR_MAKERS,
  'key:rotate': FOR_MAKERS,
  'key:delete': FOR_MAKERS,
  'key:create-system': FOR_ADMINS,
  inference: FOR_MAKERS,
  'model:read': WITHOUT_PAYERS,
  'provider:read': WITHOUT_PAYERS,
  'guardrail:read': FOR_MAKERS,
  'guardrail:write': FOR_ADMINS,
  'assignment:read': FOR_ADMINS,
  'assignment:write': FOR_ADMINS,
  'byok:read': FOR_ADMINS,
  'byok:write': FOR_ADMINS,
  'preset:read': row('ws', 'ws', '-', '-'),
  'preset:write': FOR_MAKERS,
  'destination:read': FOR_ADMINS,
  'destination:write': FOR_ADMINS,
  'io-log:read': FOR_ADMINS,
  'budget:read': FOR_EVERYBODY,
  'budget:write': FOR_MAKERS,
  'project:read': FOR_EVERYBODY,
  'project:write': FOR_MAKERS,
  'analytics:read': OWN_FOR_MAKERS,
  'activity:read': OWN_FOR_MAKERS,
  'log:read': OWN_FOR_MAKERS,
  'audit:read': FOR_ADMINS,
  'audit:export': FOR_ADMINS,
  'credit:read': FOR_PAYERS,
  'credit:purchase': FOR_PAYERS,
  'credit:transfer': FOR_PAYERS,
  'invoice:read': FOR_PAYERS,
  'payment-method:write': FOR_PAYERS,
  'alert:read': OWN_FOR_MAKERS,
  'alert:write': row('ws', 'own', '-', 'ws'),
} as const satisfies Readonly<Record<string, Readonly<Record<RoleName, Reach>>>>

/** For those alone who administer the organization, and for its management keys. */
export const ORGANIZATION_TABLE = [
  'workspace:create',
  'organization:update',
  'organization-member:write',
  'management-key:read',
  'management-key:write',
  'credit:grant',
  'role-template:read',
  'role-template:write',
  'custom-role:read',
  'custom-role:write',
  'custom-provider:read',
  'custom-provider:write',
  'scim:read',
  'scim:write',
  'sso:write',
  'audit:verify',
] as const

/** What every member may, whatever their memberships. */
export const MEMBER_TABLE = ['organization:read'] as const

export type Needed = keyof typeof ROLE_TABLE | (typeof ORGANIZATION_TABLE)[number] | (typeof MEMBER_TABLE)[number]

export type Row =
  | {
      /** `scim`: at the paths of directory services, where their tokens alone count. */
      kind: 'guarded' | 'scim'
      permission: Needed
      /** Whose thing it is to those who reach their own alone: nobody's, or that of who leads the project. */
      own?: 'nobody' | 'lead'
      /** Without a place it is about the organization as a whole. */
      isOfOrganization?: true
      /** A deleted thing is to it as one of nobody's. */
      revives?: true
    }
  /** Any living credential may ask; what it reaches is told by the permission, and by inference for keys. Where `creates`, what
   *  isn't seen is made anew: in the key's workspace, and in Default by others. */
  | { kind: 'presets' | 'generation'; permission: Needed; creates?: true }
  /** About the key that asks. */
  | { kind: 'itself' }
  /** The same for everybody. */
  | { kind: 'public' }

const FOR_ALL: Row = { kind: 'public' }
const needs = (permission: Needed): Row & { kind: 'guarded' } => ({ kind: 'guarded', permission })
const inDirectory = (permission: Needed): Row => ({ kind: 'scim', permission })
const ofWorkspace = (permission: Needed): Row => ({ ...needs(permission), own: 'nobody' })
const ofLead = (permission: Needed): Row => ({ ...needs(permission), own: 'lead' })
const ofOrganization = (permission: Needed): Row => ({ ...needs(permission), isOfOrganization: true })
const presets = (permission: Needed): Row & { kind: 'presets' | 'generation' } => ({ kind: 'presets', permission })

export const OPERATION_ROWS: Readonly<Record<OperationName, Row>> = {
  listWorkspaces: needs('workspace:read'),
  getWorkspace: needs('workspace:read'),
  createWorkspace: needs('workspace:create'),
  updateWorkspace: needs('workspace:update'),
  deleteWorkspace: needs('workspace:delete'),
  listWorkspaceMembers: needs('member:read'),
  bulkAddWorkspaceMembers: needs('member:write'),
  bulkRemoveWorkspaceMembers: needs('member:write'),
  updateWorkspaceMember: needs('member:write'),
  deleteWorkspaceMember: needs('member:write'),
  listKeys: needs('key:read'),
  getKey: needs('key:read'),
  createKeys: needs('key:create'),
  createAuthKeysCode: needs('key:create'),
  updateKeys: needs('key:update'),
  deleteKeys: needs('key:delete'),
  getCurrentKey: { kind: 'itself' },
  getGeneration: { kind: 'generation', permission: 'log:read' },
  getGenerationExplanation: { kind: 'generation', permission: 'log:read' },
  listGenerationContent: { kind: 'generation', permission: 'io-log:read' },
  markFalsePositive: needs('guardrail:write'),
  unmarkFalsePositive: needs('guardrail:write'),
  submitGenerationFeedback: { kind: 'generation', permission: 'log:read' },
  listPresets: presets('preset:read'),
  getPreset: presets('preset:read'),
  listPresetVersions: presets('preset:read'),
  getPresetVersion: presets('preset:read'),
  createPresetsChatCompletions: { ...presets('preset:write'), creates: true },
  createPresetsMessages: { ...presets('preset:write'), creates: true },
  createPresetsResponses: { ...presets('preset:write'), creates: true },
  rotateKeys: { ...needs('key:rotate'), revives: true },
  getKeyRotation: needs('key:read'),
  endKeyOverlap: needs('key:rotate'),
  reportKeyLeak: FOR_ALL,
  exchangeAuthCodeForAPIKey: FOR_ALL,
  listModels: FOR_ALL,
  countModels: FOR_ALL,
  listUserModels: { kind: 'itself' },
  getModel: FOR_ALL,
  listEmbeddingsModels: FOR_ALL,
  listEndpoints: FOR_ALL,
  listEndpointsZdr: FOR_ALL,
  listProviders: FOR_ALL,
  completeSetUp: FOR_ALL,
  acceptInvitation: FOR_ALL,
  listGuardrails: needs('guardrail:read'),
  getGuardrail: needs('guardrail:read'),
  listGuardrailFindings: needs('guardrail:read'),
  previewGuardrail: needs('guardrail:read'),
  testGuardrail: needs('guardrail:read'),
  createGuardrail: needs('guardrail:write'),
  updateGuardrail: needs('guardrail:write'),
  deleteGuardrail: needs('guardrail:write'),
  listGuardrailKeyAssignments: needs('assignment:read'),
  listGuardrailMemberAssignments: needs('assignment:read'),
  listKeyAssignments: needs('assignment:read'),
  listMemberAssignments: needs('assignment:read'),
  bulkAssignKeysToGuardrail: needs('assignment:write'),
  bulkUnassignKeysFromGuardrail: needs('assignment:write'),
  bulkAssignMembersToGuardrail: needs('assignment:write'),
  bulkUnassignMembersFromGuardrail: needs('assignment:write'),
  getOrganizationPolicy: needs('organization:read'),
  listOrganizationMembers: needs('organization:read'),
  updateOrganizationPolicy: needs('organization:update'),
  listPromptInjectionPhrases: needs('organization:update'),
  createPromptInjectionPhrase: needs('organization:update'),
  deletePromptInjectionPhrase: needs('organization:update'),
  getCredits: ofOrganization('credit:read'),
  listCreditTransfers: needs('credit:read'),
  listCreditGrants: needs('credit:read'),
  listCreditPurchases: needs('credit:read'),
  getCreditPurchase: needs('credit:read'),
  listPaymentMethods: needs('payment-method:write'),
  createPaymentMethod: needs('payment-method:write'),
  getPaymentMethod: needs('payment-method:write'),
  updatePaymentMethod: needs('payment-method:write'),
  deletePaymentMethod: needs('payment-method:write'),
  listInvoices: needs('invoice:read'),
  previewInvoice: needs('invoice:read'),
  getInvoice: needs('invoice:read'),
  exportInvoice: needs('invoice:read'),
  getUserActivity: needs('activity:read'),
  getAnalyticsMeta: needs('analytics:read'),
  queryAnalytics: needs('analytics:read'),
  updateOrganizationMember: needs('organization-member:write'),
  deleteOrganizationMember: needs('organization-member:write'),
  createInvitation: ofOrganization('invitation:write'),
  bulkCreateInvitations: ofOrganization('invitation:write'),
  deleteInvitation: needs('invitation:write'),
  resendInvitation: needs('invitation:write'),
  listInvitations: needs('invitation:read'),
  listCustomRoles: needs('custom-role:read'),
  getCustomRole: needs('custom-role:read'),
  createCustomRole: needs('custom-role:write'),
  updateCustomRole: needs('custom-role:write'),
  deleteCustomRole: needs('custom-role:write'),
  listRoleTemplates: needs('role-template:read'),
  upsertRoleTemplate: needs('role-template:write'),
  deleteRoleTemplate: needs('role-template:write'),
  listAuditLogs: needs('audit:read'),
  getAuditLog: needs('audit:read'),
  exportAuditLogs: needs('audit:export'),
  verifyAuditLogs: needs('audit:verify'),
  listScimTokens: needs('scim:read'),
  listScimGroups: needs('scim:read'),
  listScimGroupMappings: needs('scim:read'),
  getScimGroupMapping: needs('scim:read'),
  getScimSyncJob: needs('scim:read'),
  listDirectoryUsers: inDirectory('scim:read'),
  getDirectoryUser: inDirectory('scim:read'),
  listDirectoryGroups: inDirectory('scim:read'),
  getDirectoryGroup: inDirectory('scim:read'),
  createScimToken: needs('scim:write'),
  deleteScimToken: needs('scim:write'),
  createScimGroupMapping: needs('scim:write'),
  updateScimGroupMapping: needs('scim:write'),
  deleteScimGroupMapping: needs('scim:write'),
  createScimSyncJob: needs('scim:write'),
  createDirectoryUser: inDirectory('scim:write'),
  replaceDirectoryUser: inDirectory('scim:write'),
  patchDirectoryUser: inDirectory('scim:write'),
  deleteDirectoryUser: inDirectory('scim:write'),
  createDirectoryGroup: inDirectory('scim:write'),
  replaceDirectoryGroup: inDirectory('scim:write'),
  patchDirectoryGroup: inDirectory('scim:write'),
  deleteDirectoryGroup: inDirectory('scim:write'),
  listLogs: needs('log:read'),
  listSecurityEvents: needs('audit:read'),
  listLogSessions: needs('log:read'),
  simulate: needs('log:read'),
  listObservabilityDestinations: needs('destination:read'),
  getObservabilityDestination: needs('destination:read'),
  createObservabilityDestination: needs('destination:write'),
  updateObservabilityDestination: needs('destination:write'),
  deleteObservabilityDestination: needs('destination:write'),
  testObservabilityDestination: needs('destination:write'),
  getObservabilityDelivery: needs('destination:read'),
  listObservabilityDeadLetters: needs('destination:read'),
  replayObservabilityDeadLetters: needs('destination:write'),
  deleteObservabilityDeadLetters: needs('destination:write'),
  listBYOKKeys: needs('byok:read'),
  getBYOKKey: needs('byok:read'),
  createBYOKKey: needs('byok:write'),
  updateBYOKKey: needs('byok:write'),
  deleteBYOKKey: needs('byok:write'),
  listWorkspaceBudgets: needs('budget:read'),
  listBudgetForecasts: needs('budget:read'),
  getWorkspaceBudget: needs('budget:read'),
  listProjectBudgets: needs('budget:read'),
  getProjectBudget: needs('budget:read'),
  upsertWorkspaceBudget: ofWorkspace('budget:write'),
  deleteWorkspaceBudget: ofWorkspace('budget:write'),
  upsertProjectBudget: ofLead('budget:write'),
  deleteProjectBudget: ofLead('budget:write'),
  createCreditTransfer: needs('credit:transfer'),
  createCreditGrant: needs('credit:grant'),
  confirmCreditPurchase: needs('credit:grant'),
  listUnconfirmedLeases: ofOrganization('credit:read'),
  releaseLease: needs('credit:grant'),
  bulkReleaseLeases: needs('credit:grant'),
  createCreditPurchase: needs('credit:purchase'),
  updatePreset: needs('preset:write'),
  deletePreset: needs('preset:write'),
  listProjects: needs('project:read'),
  getProject: needs('project:read'),
  createProject: ofWorkspace('project:write'),
  updateProject: ofLead('project:write'),
  deleteProject: ofWorkspace('project:write'),
  listAlertRules: needs('alert:read'),
  getAlertRule: needs('alert:read'),
  createAlertRule: needs('alert:write'),
  updateAlertRule: needs('alert:write'),
  deleteAlertRule: needs('alert:write'),
  testAlertRule: needs('alert:write'),
  listAlertChannels: needs('alert:read'),
  getAlertChannel: needs('alert:read'),
  createAlertChannel: needs('alert:write'),
  updateAlertChannel: needs('alert:write'),
  deleteAlertChannel: needs('alert:write'),
  testAlertChannel: needs('alert:write'),
  listAlerts: needs('alert:read'),
  acknowledgeAlert: needs('alert:write'),
  listCustomProviders: needs('custom-provider:read'),
  getCustomProvider: needs('custom-provider:read'),
  createCustomProvider: needs('custom-provider:write'),
  updateCustomProvider: needs('custom-provider:write'),
  deleteCustomProvider: needs('custom-provider:write'),
}
