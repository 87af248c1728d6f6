/*
 * What a directory service may ask about this server before it speaks to it (RFC 7643, sections 5 to 7).
 */

const CONFIG_SCHEMA = 'urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig'
const TYPE_SCHEMA = 'urn:ietf:params:scim:schemas:core:2.0:ResourceType'
const SCHEMA_SCHEMA = 'urn:ietf:params:scim:schemas:core:2.0:Schema'
const LIST_SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:ListResponse'
const USER_SCHEMA = 'urn:ietf:params:scim:schemas:core:2.0:User'
const GROUP_SCHEMA = 'urn:ietf:params:scim:schemas:core:2.0:Group'
const RESULTS_MAX = 200

export function serviceProviderConfig(base: string) {
  return {
    schemas: [CONFIG_SCHEMA],
    patch: { supported: true },
    bulk: { supported: false, maxOperations: 0, maxPayloadSize: 0 },
    filter: { supported: true, maxResults: RESULTS_MAX },
    changePassword: { supported: false },
    sort: { supported: false },
    etag: { supported: false },
    authenticationSchemes: [
      { type: 'oauthbearertoken', name: 'Bearer token', description: 'A token made by POST /api/v1/scim/tokens' },
    ],
    meta: { resourceType: 'ServiceProviderConfig', location: `${base}/ServiceProviderConfig` },
  }
}

export function resourceTypes(base: string) {
  return [
    { id: 'User', endpoint: '/Users', schema: USER_SCHEMA },
    { id: 'Group', endpoint: '/Groups', schema: GROUP_SCHEMA },
  ].map((type) => ({
    schemas: [TYPE_SCHEMA],
    name: type.id,
    ...type,
    meta: { resourceType: 'ResourceType', location: `${base}/ResourceTypes/${type.id}` },
  }))
}

export function schemas(base: string) {
  const text = (name: string, more: object = {}) => ({ ...ATTRIBUTE, name, type: 'string', ...more })
  const members = { ...ATTRIBUTE, name: 'members', type: 'complex', multiValued: true, subAttributes: [text('value')] }
  return [
    {
      id: USER_SCHEMA,
      name: 'User',
      description: 'A person',
      attributes: [
        text('userName', { required: true, uniqueness: 'server' }),
        text('displayName'),
        { ...ATTRIBUTE, name: 'name', type: 'complex', subAttributes: [text('givenName'), text('familyName')] },
        { ...ATTRIBUTE, name: 'emails', type: 'complex', multiValued: true, subAttributes: [text('value')] },
        { ...ATTRIBUTE, name: 'active', type: 'boolean' },
      ],
    },
    {
      id: GROUP_SCHEMA,
      name: 'Group',
      description: 'People who get the same roles',
      attributes: [text('displayName', { required: true, uniqueness: 'server' }), members],
    },
  ].map((schema) => ({
    schemas: [SCHEMA_SCHEMA],
    ...schema,
    meta: { resourceType: 'Schema', location: `${base}/Schemas/${schema.id}` },
  }))
}

const ATTRIBUTE = {
  multiValued: false,
  required: false,
  caseExact: false,
  mutability: 'readWrite',
  returned: 'default',
  uniqueness: 'none',
}

export function listOf<Resource>(resources: readonly Resource[]) {
  const count = resources.length
  return { schemas: [LIST_SCHEMA], totalResults: count, startIndex: 1, itemsPerPage: count, Resources: resources }
}
