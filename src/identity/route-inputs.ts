import { z } from 'zod'
import { PASSWORD_LENGTH_MAX } from '../domain/password-rule.ts'

export const NoInput = z.strictObject({})
export const Email = z.email().max(320)
/** Not yet a good one: whether it is depends on whose it is. In UTF-16 units. */
export const Password = z
  .string()
  .min(1)
  .max(2 * PASSWORD_LENGTH_MAX)
export const MailToken = z.string().min(1).max(200)
export const Name = z.string().min(1).max(100)
