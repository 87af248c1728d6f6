import { InvalidArgumentError } from 'commander'
import { ARGUMENT_MEANINGS } from '../contract/argument-meanings.ts'
import { jsonSchemaOf } from '../contract/openapi.ts'
import { type Operation, pathKeys } from '../contract/operation.ts'

/** Stands for null until the command line is read: its parser takes null for nothing at all. */
export const CLEARED = Symbol('null')

/** One argument of a command, as the operation's input wants it. */
export interface CommandArgument {
  /** Its key in the input. */
  key: string
  isInPath: boolean
  /** What stands for it in a command's usage: of a workspace's id among other names, `workspace`. */
  placeholder: string
  isRequired: boolean
  kind: ArgumentKind
  description: string
  /** Of text into a value, or CLEARED. Throws InvalidArgumentError. */
  parse: (text: string) => unknown
}

const WORKSPACE = 'Id or slug of the workspace'

type ArgumentKind = 'text' | 'number' | 'flag' | 'list' | 'json'

interface JsonSchema {
  type?: string | string[]
  enum?: unknown[]
  anyOf?: JsonSchema[]
  items?: JsonSchema
  description?: string
}

/** The arguments that an operation's input schema asks for, those of the path first. */
export function argumentsOf(operation: Operation): CommandArgument[] {
  const schema = jsonSchemaOf(operation.input, 'input') as {
    properties?: Record<string, JsonSchema>
    required?: string[]
  }
  const inPath = pathKeys(operation.path)
  const others = Object.keys(schema.properties ?? {}).filter((key) => !inPath.includes(key))
  const isInWorkspace = /\/workspaces\/\{id\}\//.test(operation.path)
  return [...inPath, ...others].map((key) => {
    const isWorkspace = key === 'id' && isInWorkspace
    const property = schema.properties?.[key] ?? {}
    const kind = kindOf(property)
    const parse = parserOf(kind, property)
    return {
      key,
      isInPath: inPath.includes(key),
      placeholder: isWorkspace ? 'workspace' : key.replaceAll('_', '-'),
      isRequired: schema.required?.includes(key) ?? false,
      kind,
      description: isWorkspace ? WORKSPACE : describe(operation, key, property),
      parse: (text) => (text === 'null' && takes(property, 'null') ? CLEARED : parse(text)),
    }
  })
}

function describe(operation: Operation, key: string, property: JsonSchema): string {
  const meaning = property.description ?? ARGUMENT_MEANINGS[`${operation.id}.${key}`] ?? ARGUMENT_MEANINGS[key] ?? ''
  const choices = choicesOf(property)
  return choices.length === 0 ? meaning : `${meaning}${meaning && ' '}(${choices.join(', ')})`
}

function choicesOf({ enum: values = [], anyOf = [] }: JsonSchema): unknown[] {
  return anyOf.length === 0 ? values : anyOf.flatMap(choicesOf)
}

function takes(property: JsonSchema, type: string): boolean {
  return [property.type].flat().includes(type) || (property.anyOf ?? []).some((one) => takes(one, type))
}

function kindOf(property: JsonSchema): ArgumentKind {
  if (takes(property, 'boolean')) return 'flag'
  if (takes(property, 'object')) return 'json'
  if (takes(property, 'array')) return takes(itemsOf(property), 'object') ? 'json' : 'list'
  if (takes(property, 'string')) return 'text'
  return takes(property, 'number') || takes(property, 'integer') ? 'number' : 'json'
}

function itemsOf(property: JsonSchema): JsonSchema {
  return property.items ?? (property.anyOf ?? []).map(itemsOf).find((items) => Object.keys(items).length > 0) ?? {}
}

function parserOf(kind: ArgumentKind, property: JsonSchema): (text: string) => unknown {
  switch (kind) {
    case 'number':
      return toNumber
    case 'flag':
      return toFlag
    case 'list': {
      const items = itemsOf(property)
      return takes(items, 'string') ? (text) => text : toNumber
    }
    case 'json':
      return toJson
    default:
      return (text) => text
  }
}

function toNumber(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('It is not a number.')
  return value
}

function toFlag(text: string): boolean {
  if (text !== 'true' && text !== 'false') throw new InvalidArgumentError('It is neither true nor false.')
  return text === 'true'
}

function toJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new InvalidArgumentError('It is not JSON.')
  }
}
