import { RequestFailed } from './request-failed.ts'

/** What the API says of one field of a request; `field` is empty for what it says of the whole. */
export interface Fault {
  field: string
  text: string
}

const BETWEEN = /; (?=\w+(?:\.\w+)*: )/
const NAMED = /^(\w+(?:\.\w+)*): ([\s\S]+)$/

/** A refusal of what was sent, field by field: the API puts each field's name before what is wrong with it. */
export function faultsOf(error: Error | null): Fault[] {
  if (error === null) return []
  if (!(error instanceof RequestFailed) || (error.status !== 400 && error.status !== 409))
    return [{ field: '', text: error.message }]
  return error.message.split(BETWEEN).map((part) => {
    const [, field = '', text = part] = NAMED.exec(part) ?? []
    return { field, text: `${text.charAt(0).toUpperCase()}${text.slice(1)}` }
  })
}

/** What is said of a field or of something in it; of the entries of a list, with which one is meant. */
export function faultAt(faults: readonly Fault[], name: string): string | undefined {
  const said = faults
    .filter(({ field }) => isAt(field, name))
    .map(({ field, text }) => {
      const entry = /^\d+/.exec(field.slice(name.length + 1))?.[0]
      return entry === undefined ? text : `Entry ${Number(entry) + 1}: ${text}`
    })
  return said.length === 0 ? undefined : said.join(' ')
}

export function isAt(field: string, name: string): boolean {
  return field === name || field.startsWith(`${name}.`)
}
