import { directoryFault } from './directory-patch.ts'

const EQUALS = /^\s*([A-Za-z.]+|emails\[\s*type\s+eq\s+"work"\s*\]\.value)\s+eq\s+"((?:[^"\\]|\\.){0,400})"\s*$/i

/** The one comparison that directories look things up by: `attribute eq "value"`. Throws `invalid_request` for any other
 *  filter and any attribute that isn't among `names` (given in lower case). */
export function parseDirectoryFilter<Name extends string>(
  filter: string | undefined,
  names: Readonly<Record<string, Name>>,
): Partial<Record<Name, string>> {
  if (filter === undefined) return {}
  const match = EQUALS.exec(filter)
  const name = names[(match?.[1] ?? '').toLowerCase().replace(/\[.*\]/, '')]
  if (match === null || name === undefined)
    throw directoryFault('invalidFilter', `filter: only ${Object.keys(names).join(', ')} with eq can be looked for`)
  return { [name]: (match[2] ?? '').replace(/\\(.)/g, '$1') } as Partial<Record<Name, string>>
}
