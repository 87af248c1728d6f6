/*
 * The tools that clients of the hub's administration connector know, held here on their own: neither a name nor an argument
 * may go, whatever becomes of the operations that they derive from. Each argument: its type, `!` where it is required, and
 * words that its description must say. None has a default.
 */

const WORKSPACE_REF = 'string! | workspace uuid slug'
const GUARDRAIL_ID = 'string! | id guardrail'
const PAGE = { offset: 'integer | skip', limit: 'integer | at-most 100' }

const WORKSPACE_SETTINGS = {
  default_image_model: 'string | model image',
  default_provider_sort: 'string | price throughput latency exacto',
  default_text_model: 'string | model text',
  description: 'string | description',
  io_logging_api_key_ids: 'integer[] | ids keys logged',
  io_logging_sampling_rate: 'number | 0.0001 1 logged',
  is_data_discount_logging_enabled: 'boolean | discount log',
  is_observability_broadcast_enabled: 'boolean | broadcast',
  is_observability_io_logging_enabled: 'boolean | logged private',
}

const GUARDRAIL_SETTINGS = {
  allowed_models: 'string[] | models only canonical',
  allowed_providers: 'string[] | providers only',
  description: 'string | description',
  enforce_zdr: 'boolean | zero data retention',
  ignored_models: 'string[] | models never canonical',
  ignored_providers: 'string[] | providers never',
  limit_usd: 'number | spending dollars',
  reset_interval: 'string | daily weekly monthly',
}

const KEY_SETTINGS = {
  include_byok_in_limit: 'boolean | provider-keys limit',
  limit: 'number | spending dollars',
  limit_reset: 'string | daily weekly monthly null midnight utc monday',
}

export const KNOWN_TOOLS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  bulk_add_workspace_members: { id: WORKSPACE_REF, user_ids: 'string[]! | users add role organization' },
  bulk_assign_keys_to_guardrail: { id: GUARDRAIL_ID, key_hashes: 'string[]! | hashes keys assign' },
  bulk_assign_members_to_guardrail: { id: GUARDRAIL_ID, member_user_ids: 'string[]! | ids members assign' },
  bulk_remove_workspace_members: { id: WORKSPACE_REF, user_ids: 'string[]! | users remove' },
  bulk_unassign_keys_from_guardrail: { id: GUARDRAIL_ID, key_hashes: 'string[]! | hashes keys unassign' },
  bulk_unassign_members_from_guardrail: { id: GUARDRAIL_ID, member_user_ids: 'string[]! | ids members unassign' },
  create_guardrail: {
    ...GUARDRAIL_SETTINGS,
    name: 'string! | name guardrail',
    workspace_id: 'string | workspace without default',
  },
  create_keys: {
    ...KEY_SETTINGS,
    creator_user_id: 'string | creator member organization-owned',
    expires_at: 'string | iso-8601 utc refused',
    name: 'string! | name key',
    workspace_id: 'string | workspace without default',
  },
  create_workspace: {
    ...WORKSPACE_SETTINGS,
    name: 'string! | name workspace',
    slug: 'string! | lowercase hyphens url',
  },
  delete_guardrail: { id: `${GUARDRAIL_ID} delete` },
  delete_keys: { hash: 'string! | hash key delete' },
  delete_workspace: { id: WORKSPACE_REF },
  get_credits: {},
  get_current_key: {},
  get_guardrail: { id: `${GUARDRAIL_ID} retrieve` },
  get_key: { hash: 'string! | hash key retrieve' },
  get_user_activity: {
    date: 'string | utc 30 yyyy-mm-dd',
    api_key_hash: 'string | hash key sha-256',
    user_id: 'string | member organization',
  },
  get_workspace: { id: WORKSPACE_REF },
  list_guardrail_key_assignments: { id: GUARDRAIL_ID, ...PAGE },
  list_guardrail_member_assignments: { id: GUARDRAIL_ID, ...PAGE },
  list_guardrails: { ...PAGE, workspace_id: 'string | workspace without default' },
  list_key_assignments: PAGE,
  list_keys: {
    include_disabled: 'boolean | disabled keys',
    offset: 'integer | keys skip',
    workspace_id: 'string | workspace without default',
  },
  list_member_assignments: PAGE,
  list_organization_members: PAGE,
  list_workspaces: PAGE,
  update_guardrail: { ...GUARDRAIL_SETTINGS, id: `${GUARDRAIL_ID} update`, name: 'string | new name' },
  update_keys: {
    ...KEY_SETTINGS,
    hash: 'string! | hash key update',
    disabled: 'boolean | disabled',
    name: 'string | new name',
  },
  update_workspace: {
    ...WORKSPACE_SETTINGS,
    id: WORKSPACE_REF,
    name: 'string | new name',
    slug: 'string | new url',
  },
}

/** Of every tool beside its own. */
export const KNOWN_ATTRIBUTION = {
  'HTTP-Referer': 'string | app url',
  'X-OpenRouter-Title': 'string | app name',
  'X-OpenRouter-Categories': 'string | app categories comma',
}
