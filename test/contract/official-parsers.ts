import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as models from '@openrouter/sdk/models'
import * as errors from '@openrouter/sdk/models/errors'
import * as operations from '@openrouter/sdk/models/operations'

/*
 * The parsers of the official SDK, found where it uses them: in each of its functions, beside the method, the path and the
 * status. Every answer of the contract tests goes through the one that a client would use, so that a field of the wrong type
 * fails the test that produced it.
 */

interface Schema {
  safeParse: (value: unknown) => { error?: { issues: readonly { path: readonly PropertyKey[]; message: string }[] } }
}

interface Parser {
  method: string
  path: RegExp
  /** By status: how the SDK reads the body, and the key it puts it under first. */
  success: ReadonlyMap<number, { schema: Schema; key: string | undefined }>
  failure: ReadonlyMap<number, Schema>
}

const MODULES: Readonly<Record<string, Readonly<Record<string, unknown>>>> = { models, errors, operations }
const SUCCESS = /M\.json\((\[[\d, ]+\]|\d+), (\w+)\.([\w$]+), \{?\s*(?:hdrs: true,\s*)?(?:key: "(\w+)")?/g
const SUCCESS_PLAIN = /M\.json\((\[[\d, ]+\]|\d+), (\w+)\.([\w$]+)\)/g
const FAILURE = /M\.jsonErr\((\[[\d, ]+\]|\d+), (\w+)\.([\w$]+)\)/g

/** Where we differ and mean it. A key of the whole organization, such as a management key, is in no workspace; the official
 *  API lists no such keys. */
const MEANT = [
  /^GET \/api\/v1\/keys\b.*: data\.(\d+\.)?workspace_id$/,
  /^(POST|PATCH) \/api\/v1\/keys\b.*: data\.workspace_id$/,
]

/** What a parser of failures wants beside the body. */
const RESPONSE = { request$: new Request('http://localhost'), response$: new Response(), body$: '' }
const parsers = readParsers()

/** The paths and methods that the SDK calls, as `GET /keys/{hash}`. */
export const OFFICIAL_CALLS: readonly string[] = parsers.map(({ call }) => call)

/** What the SDK would say against an answer of ours; undefined when it takes it, and for what it doesn't know. */
export function officialFault(
  request: { method: string; path: string },
  answer: { status: number; body: unknown },
): string | undefined {
  const path = request.path.split('?')[0] ?? ''
  const parser = parsers.find((known) => known.method === request.method && known.path.test(path))
  if (parser === undefined || typeof answer.body !== 'object') return undefined
  const { status } = answer
  const schema = status < 400 ? parser.success.get(status) : { schema: parser.failure.get(status), key: undefined }
  if (schema === undefined)
    return `${request.method} ${path}: the SDK knows ${[...parser.success.keys()]}, not ${status}`
  const { schema: known, key } = schema
  const wrapped = key === undefined ? answer.body : { [key]: answer.body }
  const issues = known?.safeParse(status < 400 ? wrapped : { ...answer.body, ...RESPONSE }).error?.issues ?? []
  const faults = issues
    .map((issue) => `${request.method} ${path} ${status}: ${issue.path.filter((part) => part !== key).join('.')}`)
    .filter((fault) => !MEANT.some((meant) => meant.test(fault)))
  return faults.length === 0 ? undefined : faults.join('; ')
}

function readParsers(): (Parser & { call: string })[] {
  const folder = join(dirname(fileURLToPath(import.meta.resolve('@openrouter/sdk'))), 'funcs')
  const files = readdirSync(folder).filter((file) => file.endsWith('.js'))
  return files
    .flatMap((file) => toParser(readFileSync(join(folder, file), 'utf8')))
    .sort((one, other) => one.call.split('{').length - other.call.split('{').length)
}

function toParser(source: string): (Parser & { call: string })[] {
  const path = /pathToFunc\("([^"]+)"\)/.exec(source)?.[1]
  const method = /method: "([A-Z]+)"/.exec(source)?.[1]
  if (path === undefined || method === undefined) return []
  const success = [...source.matchAll(SUCCESS), ...source.matchAll(SUCCESS_PLAIN)].flatMap(
    ([, statuses = '', module = '', name = '', key]) => {
      const schema = findSchema(module, name)
      return schema === undefined ? [] : numbersIn(statuses).map((status) => [status, { schema, key }] as const)
    },
  )
  const failure = [...source.matchAll(FAILURE)].flatMap(([, statuses = '', module = '', name = '']) => {
    const schema = findSchema(module, name)
    return schema === undefined ? [] : numbersIn(statuses).map((status) => [status, schema] as const)
  })
  if (success.length === 0) return []
  const pattern = new RegExp(`^/api/v1${path.replace(/\{\w+\}/g, '[^/]+')}/?$`)
  return [{ call: `${method} ${path}`, method, path: pattern, success: new Map(success), failure: new Map(failure) }]
}

function findSchema(module: string, name: string): Schema | undefined {
  return MODULES[module]?.[name] as Schema | undefined
}

function numbersIn(text: string): number[] {
  return [...text.matchAll(/\d+/g)].map(([digits]) => Number(digits))
}
