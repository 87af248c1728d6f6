import { MISSING_KEY_MESSAGE, UNKNOWN_KEY_MESSAGE } from '../contract/common/errors.ts'
import type { Actor } from '../domain/actor.ts'
import { AppError } from '../domain/app-error.ts'
import { hashDirectoryToken } from '../platform/directory-token.ts'
import { findScimToken } from '../store/queries/scim-users.ts'
import type { Db } from '../store/schema.ts'

const BEARER = /^bearer +(\S{1,512})$/i

/** The directory service behind an Authorization header. Throws 401 for any other. */
export async function findDirectoryActor(db: Db, authorization: string | undefined): Promise<Actor> {
  if (authorization === undefined || authorization === '') throw new AppError('unauthorized', MISSING_KEY_MESSAGE)
  const token = BEARER.exec(authorization)?.[1]
  const found = token === undefined ? undefined : await findScimToken(db, hashDirectoryToken(token))
  if (found === undefined) throw new AppError('unauthorized', UNKNOWN_KEY_MESSAGE)
  return { kind: 'scim', organizationId: found.organizationId, userId: null }
}
