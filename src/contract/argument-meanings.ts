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
  overlap_seconds:
    'Seconds for which the secret before works too, up to 30 days, counted from the delivery if there is one; left out it is 0, with a delivery a day',
  rotate_every_days: 'Days after which the key gets a new secret by itself, which goes to deliver; null for never',
  deliver: 'Where new secrets go in place of the answer: a webhook, Vault or AWS Secrets Manager; null for nowhere',
  'rotateKeys.deliver':
    'Where the new secret goes in place of the answer: a webhook, Vault, AWS Secrets Manager, or the target that is kept with the key (stored)',
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

  // Analytics
  metrics: 'What is counted; the analytics metadata lists what there is',
  dimensions: 'What the figures are broken down by; the analytics metadata lists what there is',
  filters: 'Only what fits all of these: a field, an operator and a value each',
  granularity: 'Length of a step in time: minute, hour, day, week or month',
  time_range: 'From when to when, as start and end in ISO 8601 UTC',
  order_by: 'What the rows are sorted by, and in which direction',
  group_limit: 'At most so many rows in each step of time',

  // Members and roles
  role: 'Role in the organization, org:admin or org:member',
  workspace_role: 'Role in the workspace: admin, developer, viewer or billing_manager',
  custom_role_id: 'Role of your own that counts in place of the workspace role; null for none',
  spending_limit_usd: 'What the member may spend in US dollars; null for no limit',
  key_rate_limit_rpm: 'Requests a minute of keys that members of the role make; null for the default',
  guardrail_id: 'Guardrail that members of the role get; null for none',
  keys: "What becomes of the member's API keys",
  transfer_to: 'Id of the member who gets the API keys that are transferred',
  'createCustomRole.permissions': 'Names of the permissions that the role gives',
  'updateCustomRole.permissions': 'Names of the permissions that the role gives',
  lead_user_ids: 'Ids of the members who lead the project',
  'upsertRoleTemplate.role': 'Workspace role that the template is of',
  'deleteRoleTemplate.role': 'Workspace role that the template is of',

  // Invitations
  workspaces: 'Workspaces that the invited member joins, each with a role',
  expires_in_days: 'Days until the invitation expires',
  invitations: 'Who is invited, up to 100 at once; one bad element and nobody is',
  status: 'Only those in this state',
  token: 'Token of the link in the invitation',
  first_name: 'First name',
  last_name: 'Last name',

  // Guardrails
  enforce_zdr_anthropic: 'Zero data retention for models of Anthropic alone; null follows enforce_zdr',
  enforce_zdr_openai: 'Zero data retention for models of OpenAI alone; null follows enforce_zdr',
  enforce_zdr_google: 'Zero data retention for models of Google alone; null follows enforce_zdr',
  enforce_zdr_xai: 'Zero data retention for models of xAI alone; null follows enforce_zdr',
  enforce_zdr_other: 'Zero data retention for models of everybody else alone; null follows enforce_zdr',
  enable_free_model_publication: 'Whether free models may be used whose providers publish prompts',
  enable_free_model_training: 'Whether free models may be used whose providers train on prompts',
  enable_paid_model_training: 'Whether paid models may be used whose providers train on prompts',
  include_byok_in_budgets: "Whether usage through the customer's own provider keys counts against budgets",
  content_filters: 'Patterns of your own, and what is done where one is found',
  content_filter_builtins: 'Built-in detectors, and what is done where one finds something',
  allowed_data_regions: 'The only regions that data may be processed in; null for all',

  key_hash: 'Hash of the API key',
  member_user_id: 'Id of a member of the organization',
  text: 'Text to look through',
  phrase: 'Words that give a prompt injection away',

  // Authorization codes
  callback_url: 'Address of the app that the code is sent to, https',
  code_challenge: 'PKCE challenge of the app',
  code_challenge_method: 'How the challenge was made from the verifier: S256 or plain',
  usage_limit_type: 'When the limit of the key starts anew: daily, weekly or monthly',
  key_label: 'Name of the key that the app gets',
  code: 'Authorization code',
  code_verifier: 'PKCE verifier that the challenge was made from',

  // Directories
  scim_group_id: 'Id of the group that the directory pushed',
  keep_members: 'Whether members whom the mapping brought stay in the workspace',

  // Logs
  actor_kind: 'Only what actors of this kind did',
  actor_id: 'Only what this actor did',
  action: 'Only this action, by the id of its operation',
  resource_type: 'Only what was done to things of this type',
  resource_id: 'Only what was done to this thing',
  request_id: 'Only the request with this id',
  ip: 'Only from this address',
  from: 'Only from this instant on, ISO 8601 in UTC',
  to: 'Only before this instant, ISO 8601 in UTC',
  format: 'jsonl or csv',
  heads: 'Ends of the log that were noted elsewhere, to verify it against',
  model: 'Only of this model',
  provider: 'Only of this provider',
  app: 'Only of this app, by its origin',
  external_user: 'Only of this user of a partner',
  session_id: 'Only of this session',
  outcome: 'Only those that ended so',
  min_cost: 'Only those that cost at least so many US dollars',
  max_cost: 'Only those that cost at most so many US dollars',

  // Generations
  generation_id: 'Id of the inference, gen-…',
  category: 'What the feedback is about',
  comment: 'Feedback in words',

  // Destinations
  type: 'Type of the thing',
  config: 'Settings of the type: address, credentials and what else it wants',
  enabled: 'Whether it is in use',
  privacy_mode: 'Whether prompts and answers are left out',
  sampling_rate: 'Share of requests that are sent, 0 to 1',
  api_key_hashes: 'Hashes of the only API keys whose requests are sent; null for all',
  filter_rules: 'Which requests are sent; null for all',
  broadcast_generation_cost: 'Whether what each request cost is sent',
  broadcast_generation_identity: 'Whether who made each request is sent',
  broadcast_generation_request_context: 'Whether where each request came from is sent',
  regions: 'Regions whose requests are sent',

  // Provider keys
  key: 'Secret key at the provider; it is stored sealed and never shown',
  is_fallback: "Whether it is used only after the installation's own key has failed",
  is_required: 'Whether the provider is never used without this key',
  is_byok_only: 'Whether only this key is used at the provider',
  declared_zdr: 'Whether the contract with the provider promises zero data retention; null for unknown',
  allowed_user_ids: 'Ids of the only members who may use it; null for all',
  allowed_api_key_hashes: 'Hashes of the only API keys that may use it; null for all',
  sort_order: 'Place among the keys for the same provider, the smallest first',
  'createBYOKKey.provider': 'Provider that the key is for',
  'listBYOKKeys.provider': 'Only keys for this provider',

  // Credits
  amount_usd: 'US dollars, to the nano-dollar',
  direction: "to_workspace fills the workspace's pool from the organization, to_organization brings credits back",
  reference: 'Text of your own by which a repetition is known: it moves nothing a second time',
  note: 'What is to be remembered about it',
  require_project: 'Whether requests must name a project of the workspace',
  credit_pool: "shared draws on the organization's balance, dedicated on a balance of the workspace's own",
  reserved_usd: "US dollars of the organization's shared balance that are kept for this workspace",
  'createCreditGrant.workspace_id': 'Id of the workspace whose pool gets the credits; without it the organization',
  'createCreditPurchase.workspace_id': 'Id of the workspace that the credits are for; without it the organization',
  'getCreditPurchase.id': 'Id of the purchase',
  'confirmCreditPurchase.id': 'Id of the purchase',
  'createCreditTransfer.id': 'Id (UUID) or slug of the workspace',
  'listCreditTransfers.id': 'Id (UUID) or slug of the workspace',
}
