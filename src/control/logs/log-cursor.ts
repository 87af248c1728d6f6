import { AppError } from '../../domain/app-error.ts'
import type { LogPosition } from '../../store/queries/logs.ts'

const PLACE = /^(\d{1,15}):([\w-]{1,100})$/

/** A place in a list as callers hand it back: opaque, and free to change its form. */
export function toCursor({ at, id }: LogPosition): string {
  return Buffer.from(`${at}:${id}`).toString('base64url')
}

/** Throws `invalid_request` for what is no cursor of ours. */
export function fromCursor(cursor: string): LogPosition {
  const [, at, id] = PLACE.exec(Buffer.from(cursor, 'base64url').toString('latin1')) ?? []
  if (at === undefined || id === undefined || Number(at) > 8.64e15)
    throw new AppError('invalid_request', 'cursor: is not one that this list gave')
  return { at: Number(at), id }
}
