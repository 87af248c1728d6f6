import { AppError } from '../domain/app-error.ts'
import { canonicalIpRange } from '../domain/ip-ranges.ts'

/** Networks as they are stored, each once; undefined and null as they are. Throws `invalid_request` naming `field` and index. */
export function readIpRanges<Given extends readonly string[] | null | undefined>(
  given: Given,
  field = 'allowed_ips',
): string[] | Exclude<Given, readonly string[]> {
  if (given === null || given === undefined) return given as Exclude<Given, readonly string[]>
  const ranges = given.map((text, index) => {
    const range = canonicalIpRange(text)
    if (range !== undefined) return range
    throw new AppError('invalid_request', `${field}.${index}: must be an IP address or a network such as 10.0.0.0/8`)
  })
  return [...new Set(ranges)]
}
