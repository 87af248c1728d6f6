import { AppError } from '../domain/app-error.ts'

/** From when to before when a list is asked for, in epoch milliseconds. Throws `invalid_request` for an end before the begin. */
export function readPeriod(input: { from?: string | undefined; to?: string | undefined }): {
  from: number | undefined
  to: number | undefined
} {
  const [from, to] = [input.from, input.to].map((text) => (text === undefined ? undefined : Date.parse(text)))
  if (from !== undefined && to !== undefined && to < from) throw new AppError('invalid_request', 'to: is before from')
  return { from, to }
}
