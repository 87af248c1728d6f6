import type { Column, Holding } from './permission-columns.ts'
import type { Place } from './permission-places.ts'
import { MEMBER_TABLE, type Needed, type Reach, ROLE_TABLE, type Row } from './permission-rows.ts'

/** `allowed` includes being refused for what is asked and not for who asks. */
export type Expected = 'allowed' | 401 | 403 | 404

/** What a column gets for asking this for a thing in a place; `no place` where nothing is named. Not for public rows. */
export function expected(row: Exclude<Row, { kind: 'public' }>, column: Column, place: Place | 'no place'): Expected {
  if ((column.by === 'scim token') !== (row.kind === 'scim')) return 401
  return column.refused ?? answerOf(row, column, place)
}

function answerOf(row: Exclude<Row, { kind: 'public' }>, column: Column, place: Place | 'no place'): Expected {
  switch (row.kind) {
    case 'itself':
      return column.by === 'session' ? 403 : 'allowed'
    case 'generation':
      return ofGeneration(row.permission, column, place)
    case 'presets':
      return ofPreset(row, withPresets(column), place)
    default:
      return ofThing(row, column, place)
  }
}

function ofThing(row: Extract<Row, { kind: 'guarded' | 'scim' }>, column: Column, asked: Place | 'no place'): Expected {
  const { permission } = row
  if (!hasAnywhere(column, permission)) return 403
  const isEverywhere = holdsEverywhere(column, permission)
  if (asked === 'no place') return isEverywhere || row.isOfOrganization !== true ? 'allowed' : 403
  const place = asked === 'deleted' && row.revives === true ? 'colleague' : asked
  if (!isInReach(place, { isEverywhere, column })) return 404
  if (isEverywhere) return 'allowed'
  const isReached = (wanted: Needed) => {
    const reach = reachIn(column, wanted, column.team)
    return reach === 'ws' || (reach === 'own' && isOwn(row, column, place))
  }
  if (isReached(permission)) return 'allowed'
  return isReached(toSee(permission)) || holdsEverywhere(column, toSee(permission)) ? 403 : 404
}

/** Whether a thing in this place can be anything to the column at all. */
function isInReach(place: Place, { isEverywhere, column }: { isEverywhere: boolean; column: Column }): boolean {
  if (column.isOfOtherOrganization === true) return place === 'other organization'
  if (place === 'sibling workspace') return isEverywhere
  return place === 'own' || place === 'colleague'
}

function ofPreset(
  { permission, creates }: Extract<Row, { kind: 'presets' | 'generation' }>,
  column: Column,
  place: Place | 'no place',
): Expected {
  const answer = ofThing({ kind: 'guarded', permission }, column, place)
  if (answer !== 404 || creates !== true) return answer
  const isFree =
    holdsEverywhere(column, permission) ||
    reachIn(column, permission, column.by === 'key' ? column.team : column.inDefault) !== '-'
  return isFree ? 'allowed' : 404
}

/** Keys may ask about what was made in their workspace; what was said there is for those who may read it, and never its own. */
function ofGeneration(permission: Needed, column: Column, place: Place | 'no place'): Expected {
  const isContent = permission === 'io-log:read'
  const seen = column.isOfTeam === true ? seenByKey(place) : ofSeen(column, place)
  if (!isContent || seen !== 'allowed') return seen
  const isRead = holdsEverywhere(column, permission) || reachIn(column, permission, column.team) === 'ws'
  return isRead ? 'allowed' : 403
}

function seenByKey(place: Place | 'no place'): Expected {
  return place === 'own' || place === 'colleague' ? 'allowed' : 404
}

/** Nothing is asked before it is known which generation is meant: whoever may see none is told of none. */
function ofSeen(column: Column, place: Place | 'no place'): Expected {
  const answer = ofThing({ kind: 'guarded', permission: 'log:read' }, column, place)
  return answer === 403 ? 404 : answer
}

function withPresets(column: Column): Column {
  const { presets, only: _only, isOwnOnly: _isOwnOnly, ...rest } = column
  return presets === undefined ? column : { ...rest, team: presets, only: ['preset:read', 'preset:write'] }
}

function isOwn(row: Extract<Row, { kind: 'guarded' | 'scim' }>, column: Column, place: Place): boolean {
  if (row.own === 'nobody' || column.person === undefined) return false
  return row.own === 'lead' ? column.person === 'project lead' : place === 'own'
}

function hasAnywhere(column: Column, permission: Needed): boolean {
  if (holdsEverywhere(column, permission)) return true
  return [column.team, column.inDefault].some((holding) => reachIn(column, permission, holding) !== '-')
}

function holdsEverywhere(column: Column, permission: Needed): boolean {
  if (column.only !== undefined && !column.only.includes(permission)) return false
  if ((MEMBER_TABLE as readonly Needed[]).includes(permission) && column.isMember === true) return true
  return column.everywhere === 'all' || (column.everywhere === 'all but inference' && permission !== 'inference')
}

function reachIn(column: Column, permission: Needed, holding: Holding | undefined): Reach {
  if (holding === undefined || (column.only !== undefined && !column.only.includes(permission))) return '-'
  if (!isOfWorkspace(permission)) return '-'
  const reach =
    typeof holding === 'string' ? ROLE_TABLE[permission][holding] : holding.includes(permission) ? 'ws' : '-'
  if (reach !== 'ws' && column.person === undefined) return '-'
  return reach === 'ws' && column.isOwnOnly === true ? 'own' : reach
}

function isOfWorkspace(permission: Needed): permission is keyof typeof ROLE_TABLE {
  return Object.hasOwn(ROLE_TABLE, permission)
}

/** Who may read what another permission changes sees it. */
function toSee(permission: Needed): Needed {
  const read = `${permission.split(':')[0]}:read`
  return isOfWorkspace(read as Needed) ? (read as Needed) : 'workspace:read'
}
