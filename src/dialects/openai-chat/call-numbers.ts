import { asObject, asObjects, asText } from '../json-fields.ts'

/** What a provider says of a call. */
interface Told {
  index: number | undefined
  id: string | null
  name: string | null
}

interface KnownCall extends Told {
  /** As the client is told. */
  number: number
}

/**
 * Which call of a tool a piece of a stream belongs to, numbered from 0 in the order in which calls begin: clients gather them in a
 * list. Some providers count what isn't a call too, some leave the number out or give every call the same; then a new id with a
 * name, or another name, tells that another call begins. One of these is for one choice of one stream.
 */
export class CallNumbers {
  readonly #calls: KnownCall[] = []
  /** The newest of each, so that the work doesn't grow with the calls there are. */
  readonly #byIndex = new Map<number, KnownCall>()
  readonly #byId = new Map<string, KnownCall>()

  /** The pieces of one delta with their numbers; what isn't an object is left out. */
  number(pieces: readonly unknown[]): Record<string, unknown>[] {
    return asObjects(pieces).map((piece, at) => {
      const { number } = this.#callOf(piece, pieces.length > 1 ? at : undefined)
      return { ...piece, index: number }
    })
  }

  /** `at`: its place among several of one delta. */
  #callOf(piece: Record<string, unknown>, at: number | undefined): KnownCall {
    const index = Number.isInteger(piece['index']) && Number(piece['index']) >= 0 ? Number(piece['index']) : undefined
    const part = asObject(piece['function']) ?? asObject(piece['custom'])
    const told = { index, id: asText(piece['id']) || null, name: asText(part?.['name']) || null }
    const known = this.#known(told, at)
    if (known !== undefined && (index === undefined || !isAnother(known, told, part))) return known
    const call = { ...told, number: this.#calls.length }
    this.#calls.push(call)
    if (index !== undefined) this.#byIndex.set(index, call)
    if (call.id !== null) this.#byId.set(call.id, call)
    return call
  }

  #known({ index, id, name }: Told, at: number | undefined): KnownCall | undefined {
    if (index !== undefined) return this.#byIndex.get(index)
    const same = id === null ? undefined : this.#byId.get(id)
    if (same !== undefined && (name === null || name === same.name)) return same
    if (name !== null) return undefined
    return at === undefined ? this.#calls.at(-1) : this.#calls[at]
  }
}

/** Whether a piece with the number of a call that is known begins another one. Some providers give each piece a new id: then it says
 *  the same name or none, and goes on amid what the tool is called with. */
function isAnother(known: KnownCall, { id, name }: Told, part: Record<string, unknown> | undefined): boolean {
  if (name === null) return false
  if (name !== known.name) return known.name !== null
  if (id === null || id === known.id || known.id === null) return false
  const text = asText(part?.['arguments']) ?? ''
  return text === '' || text.startsWith('{')
}
