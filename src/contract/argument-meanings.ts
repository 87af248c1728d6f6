/*
 * What arguments of tools mean, said once for all operations that take one of the name, and for one operation where it means
 * something else there (`operationId.argument`). A description in the schema itself comes first.
 */

const RESET = 'When the limit starts anew: daily, weekly or monthly, at midnight UTC, weeks from Monday; null for never'

export const ARGUMENT_MEANINGS: Readonly<Record<string, string>> = {
  // Places
  id: 'Id of the thing',
  workspace_id: 'Id of the workspace; without it the default workspace',
  user_id: 'Id of a member of the organization',
  user_ids: 'Ids of members of the organization',
  hash: 'Hash of the API key, as the list of keys tells it',
  key_hashes: 'Hashes of API keys',
  member_user_ids: 'Ids of members of the organization',
  slug: 'Short name for URLs: lowercase letters, digits and hyphens',
  author: 'The part of a model name before the slash',
  interval: 'daily, weekly, monthly or lifetime',

  // Pages
  offset: 'How many to skip',
  limit: 'At most so many, up to 100',
  cursor: 'Where the next page begins, as the page before told it',

  // Models
  q: 'Words to look for in names and descriptions',
  supported_parameters: 'Only models that take these parameters, separated by commas',
  output_modalities: 'Only models that give these, separated by commas: text, image, …',

  // What things are called
  name: 'Name',
  description: 'Description; null for none',
  email: 'E-mail address',

  // Workspaces
  default_text_model: 'Model that answers text requests which name none; null for none',
  default_image_model: 'Model that answers image requests which name none; null for none',
  default_provider_sort:
    'What providers are sorted by: price, throughput, latency or exacto; null for the default order',
  io_logging_api_key_ids: 'Numeric ids of the only API keys whose input and output are logged; null for all',
  io_logging_sampling_rate: 'Share of requests whose input and output are logged, 0.0001 to 1',
  is_data_discount_logging_enabled: 'Whether requests may be logged in exchange for a discount',
  is_observability_broadcast_enabled: 'Whether traces are broadcast to observability destinations',
  is_observability_io_logging_enabled: 'Whether input and output are logged privately',
  disabled_server_tools: 'Server tools that may not be used here; null for none',
  confirm_default_workspace_deletion: 'Must be true to delete the default workspace',
  'getWorkspace.id': 'Id (UUID) or slug of the workspace',
  'updateWorkspace.id': 'Id (UUID) or slug of the workspace',
  'deleteWorkspace.id': 'Id (UUID) or slug of the workspace',
  'listWorkspaceMembers.id': 'Id (UUID) or slug of the workspace',
  'bulkAddWorkspaceMembers.id': 'Id (UUID) or slug of the workspace',
  'bulkRemoveWorkspaceMembers.id': 'Id (UUID) or slug of the workspace',
  'bulkAddWorkspaceMembers.user_ids': 'Ids of users to add; each gets the role that they have in the organization',
  'bulkRemoveWorkspaceMembers.user_ids': 'Ids of users to remove from the workspace',
  'createWorkspace.name': 'Name of the workspace',
  'updateWorkspace.name': 'New name of the workspace',
  'updateWorkspace.slug': 'New short name for URLs: lowercase letters, digits and hyphens',
  'updateWorkspace.description': 'New description; null for none',

  // Keys
  include_disabled: 'Whether disabled API keys are listed too',
  disabled: 'Whether the API key is disabled',
  limit_reset: RESET,
  include_byok_in_limit: "Whether usage through the customer's own provider keys counts against the limit",
  expires_at: 'When it expires: ISO 8601 in UTC; other time zones are refused',
  creator_user_id: 'Id of the member who is to count as the creator of an organization-owned API key',
  external: 'Who uses the key at a partner, and the secret the partner made, if it did',
  rate_limit_rpm: 'Requests a minute; 0 for unlimited, null for the default of the key type',
  permissions: 'What it may; null for what its type gives',
  allowed_ips: 'The only networks, in CIDR notation, or addresses it may be used from; null for all',
  allowed_origins: 'Origins of web pages that may call the API from a browser; null for none',
  key_creation: 'Who may make API keys, as far as their role lets them: everyone, developers, admins or nobody',
  plugin_defaults:
    'Plugins that requests get without naming them, and whether a request may say otherwise; null for none',
  project_id: 'Project that its requests count for; null for none',
  read_only: 'Whether a scoped key only reads',
  hidden: 'Whether an ephemeral key is left out of lists',
  include_hidden: 'Whether hidden API keys are listed too',
  overlap_seconds: 'Seconds for which the secret before works too, up to 30 days; 0 when left out',
  ttl_seconds: 'Seconds until it expires, in place of expires_at',
  'createKeys.allowed_models':
    'The only models it may call, by name, in which * stands for any text; :free at the end means those that cost nothing; null for all',
  'updateKeys.allowed_models':
    'The only models it may call, by name, in which * stands for any text; :free at the end means those that cost nothing; null for all',
  'updateKeys.type': 'Another type; a management key stays one',
  'createKeys.type': 'What the key is for: a preset of permissions and of a rate limit',
  'createKeys.name': 'Name of the new API key',
  'createKeys.limit': 'Spending limit in US dollars; null for none',
  'createKeys.workspace_id': 'Workspace to create the API key in; without it the default workspace',
  'updateKeys.name': 'New name of the API key',
  'updateKeys.limit': 'New spending limit in US dollars; null for none',
  'updateKeys.hash': 'Hash of the API key to update',
  'deleteKeys.hash': 'Hash of the API key to delete',
  'getKey.hash': 'Hash of the API key to retrieve',
  'listKeys.offset': 'How many API keys to skip',
  'listKeys.workspace_id': 'Only API keys of this workspace; without it those of the default workspace',
  'listKeys.type': 'Only API keys of this type',

  // Guardrails
  allowed_models: 'The only models that may be used, by slug or canonical slug; null for all',
  ignored_models: 'Models that are never used, by slug or canonical slug; null for none',
  allowed_providers: 'Ids of the only providers that may be used; null for all',
  ignored_providers: 'Ids of providers that are never used; null for none',
  enforce_zdr: 'Whether only endpoints with zero data retention may be used',
  limit_usd: 'Spending limit in US dollars; null for none',
  reset_interval: 'When the limit starts anew: daily, weekly or monthly; null for never',
  'createGuardrail.name': 'Name of the new guardrail',
  'createGuardrail.workspace_id': 'Workspace to create the guardrail in; without it the default workspace',
  'updateGuardrail.name': 'New name of the guardrail',
  'updateGuardrail.id': 'Id of the guardrail to update',
  'getGuardrail.id': 'Id of the guardrail to retrieve',
  'deleteGuardrail.id': 'Id of the guardrail to delete',
  'listGuardrails.workspace_id': 'Only guardrails of this workspace; without it those of the default workspace',
  'listGuardrailKeyAssignments.id': 'Id of the guardrail',
  'listGuardrailMemberAssignments.id': 'Id of the guardrail',
  'bulkAssignKeysToGuardrail.id': 'Id of the guardrail',
  'bulkAssignKeysToGuardrail.key_hashes': 'Hashes of the API keys to assign',
  'bulkUnassignKeysFromGuardrail.id': 'Id of the guardrail',
  'bulkUnassignKeysFromGuardrail.key_hashes': 'Hashes of the API keys to unassign',
  'bulkAssignMembersToGuardrail.id': 'Id of the guardrail',
  'bulkAssignMembersToGuardrail.member_user_ids': 'User ids of the members to assign',
  'bulkUnassignMembersFromGuardrail.id': 'Id of the guardrail',
  'bulkUnassignMembersFromGuardrail.member_user_ids': 'User ids of the members to unassign',

  // Usage
  date: 'Only this UTC day of the last 30, as YYYY-MM-DD',
  api_key_hash: 'Only usage of the API key with this hash (SHA-256, hexadecimal)',
  group_by: 'workspace: a line for each workspace',
  'getUserActivity.user_id': 'Only usage of this member of the organization',
  'getUserActivity.workspace_id': 'Only usage in this workspace',
  'getGeneration.id': 'Id of the inference, gen-…',
}
