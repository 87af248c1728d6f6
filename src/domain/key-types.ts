import {
  KEY_TYPE_PERMISSIONS,
  type KeyType,
  PERMISSIONS,
  type Permission,
  WORKSPACE_PERMISSIONS,
} from '../contract/common/permissions.ts'

/** What a key is, as far as its type has rules about it. */
export interface KeySpec {
  type: KeyType
  /** Undefined: what the type gives. */
  permissions: readonly string[] | undefined
  /** Of a scoped key alone. */
  isReadOnly: boolean
  isHidden: boolean
  /** Whether it ends by itself. */
  doesExpire: boolean
  /** Whether it is restricted to some models. */
  hasModels: boolean
  /** Whether it belongs to a workspace's project. */
  hasProject: boolean
  hasOwner: boolean
}

/** The permissions of a key: those it was given, else those of its type. */
export function permissionsOfKey(key: {
  type: KeyType
  permissions: readonly string[] | null
  isReadOnly: boolean
}): readonly string[] {
  if (key.permissions !== null) return key.permissions
  return KEY_TYPE_PERMISSIONS[key.isReadOnly ? 'read_only' : key.type]
}

/** Whether a key with these permissions may call models. Management keys never do. */
export function mayInfer(type: KeyType, permissions: readonly string[]): boolean {
  return (
    type !== 'management' && type !== 'read_only' && (permissions.includes('inference') || permissions.includes('*'))
  )
}

/** Everything its creator may do, over the whole organization. */
export function isFullAccess(type: KeyType, permissions: readonly string[]): boolean {
  return type === 'standard' && permissions.includes('*')
}

/** What is wrong with such a key, `field: why`; undefined when nothing is. */
export function keySpecProblem(spec: KeySpec): string | undefined {
  return permissionProblem(spec) ?? fieldProblem(spec)
}

function fieldProblem({ type, doesExpire, ...spec }: KeySpec): string | undefined {
  if (type === 'ephemeral' && !doesExpire) return 'expires_at: an ephemeral key needs it, or ttl_seconds'
  if (type === 'team' && !spec.hasOwner) return 'creator_user_id: a team key needs the member it is for'
  if (spec.isReadOnly && type !== 'scoped')
    return 'read_only: only a scoped key has it; the type read_only is one by itself'
  if (spec.isHidden && type !== 'ephemeral') return 'hidden: only an ephemeral key can be hidden'
  if (spec.hasProject && type === 'management') return 'project_id: a management key belongs to no project'
  const permissions = permissionsOfKey({ ...spec, type, permissions: spec.permissions ?? null })
  if (spec.hasModels && !mayInfer(type, permissions)) return 'allowed_models: this key calls no model'
  return undefined
}

function permissionProblem({ type, permissions, isReadOnly }: KeySpec): string | undefined {
  if (permissions === undefined) return undefined
  const unknown = permissions.findIndex((permission) => permission !== '*' && !isPermission(permission))
  if (unknown >= 0) return `permissions.${unknown}: is no permission`
  if (permissions.includes('*') && permissions.length > 1) return 'permissions: * is everything and stands alone'
  if (isReadOnly || type === 'read_only') {
    const isKept = (permission: string) => isOfWorkspace(permission) && permission.endsWith(':read')
    return firstOutside(permissions, isKept, 'a read-only key only reads, and in its workspace')
  }
  switch (type) {
    case 'standard':
      if (permissions.includes('*')) return undefined
      return firstOutside(
        permissions,
        isInference,
        'a standard key has inference, or * for everything; a scoped one the rest',
      )
    case 'scoped':
      return firstOutside(permissions, isOfWorkspace, 'a scoped key names what it may in its workspace')
    case 'management':
      return firstOutside(permissions, (permission) => permission !== 'inference', 'a management key calls no model')
    default:
      return firstOutside(permissions, (permission) => isOfType(type, permission), `a key of type ${type} has not`)
  }
}

function firstOutside(
  permissions: readonly string[],
  isInside: (permission: string) => boolean,
  why: string,
): string | undefined {
  const at = permissions.findIndex((permission) => !isInside(permission))
  return at < 0 ? undefined : `permissions.${at}: ${why}`
}

function isPermission(text: string): text is Permission {
  return (PERMISSIONS as readonly string[]).includes(text)
}

function isOfWorkspace(permission: string): boolean {
  return Object.hasOwn(WORKSPACE_PERMISSIONS, permission)
}

function isInference(permission: string): boolean {
  return permission === 'inference'
}

function isOfType(type: KeyType, permission: string): boolean {
  return (KEY_TYPE_PERMISSIONS[type] as readonly string[]).includes(permission)
}
