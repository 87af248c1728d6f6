import { readFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { Argument, Command, CommanderError, Option } from 'commander'
import { AUDIT_HEADS_MAX } from '../contract/management/audit.ts'
import { API_OPERATIONS, type OperationName, operationOf } from '../contract/operations.ts'
import { serveOnStdio } from '../mcp/serve-on-stdio.ts'
import { ApiRefusal } from '../mcp/tool-session.ts'
import type { AuditHead } from '../store/audit-chain.ts'
import { parseHeads } from '../store/audit-head-file.ts'
import { type ApiAnswer, ask, callApi, Unreachable } from './api-client.ts'
import { addApply } from './apply/apply-command.ts'
import { commandNames, wordsOf } from './command-names.ts'
import { addDemoCommands } from './demo-command.ts'
import { addImport } from './import/import-command.ts'
import { argumentsOf, CLEARED, type CommandArgument } from './operation-arguments.ts'
import { renderAnswer } from './print-answer.ts'
import { addReconcile } from './reconcile/reconcile-command.ts'
import { addStoreCommands } from './store-commands.ts'

/** What a script can tell from how it ended. */
const EXIT = { ok: 0, failure: 1, usage: 2, unreachable: 3, refused: 4, fault: 5, differs: 6 } as const

export interface CliWorld {
  env: Readonly<Record<string, string | undefined>>
  stdin: NodeJS.ReadableStream
  stdout: { write: (text: string) => unknown; isTTY?: boolean; columns?: number }
  stderr: { write: (text: string) => unknown }
}

interface Settings {
  url: string
  json?: true
  table?: true
  input?: string
  /** Of `audit verify`: files with heads of the log, and whether the store is opened instead of asking the API. */
  head?: string[]
  offline?: true
}

const URL_DEFAULT = 'http://127.0.0.1:8787'
const WIDTH_DEFAULT = 120
/** Names of options that every command has, so that no field may take them. */
const COMMON_OPTIONS = new Set(['url', 'json', 'table', 'input', 'help'])

class UsageError extends Error {}

/** Runs one command line and gives its exit code. */
export async function runCli(args: readonly string[], world: CliWorld): Promise<number> {
  let exitCode: number = EXIT.ok
  const program = createProgram(world, (code) => {
    exitCode = code
  })
  try {
    await program.parseAsync(args, { from: 'user' })
    return exitCode
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage
    world.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    if (error instanceof UsageError) return EXIT.usage
    return error instanceof Unreachable ? EXIT.unreachable : EXIT.failure
  }
}

function createProgram(world: CliWorld, end: (code: number) => void): Command {
  const program = new Command('switchyard')
    .description('Self-hosted LLM gateway. Without a command, or with start, it serves.')
    .configureHelp({ showGlobalOptions: true })
    .exitOverride()
    .configureOutput({ writeOut: (out) => world.stdout.write(out), writeErr: (out) => world.stderr.write(out) })
    .showHelpAfterError('(--help tells what there is)')
  program.command('start').description('Serve (the default)')
  addCommonOptions(program, world)
  program
    .command('openapi')
    .description('Print the OpenAPI document of an installation')
    .option('--yaml', 'as YAML')
    .action(async (_options: unknown, command: Command) => {
      const { yaml, ...settings } = command.optsWithGlobals<Settings & { yaml?: true }>()
      const { body } = await ask(`${originOf(settings)}/openapi.${yaml ? 'yaml' : 'json'}`, {})
      world.stdout.write(typeof body === 'string' ? body : `${JSON.stringify(body, undefined, 2)}\n`)
    })
  program
    .command('mcp')
    .description('Serve the MCP tools of an installation on standard input')
    .action((_options: unknown, command: Command) => serveMcp(originOf(command.optsWithGlobals<Settings>()), world))
  const print = (body: object, settings: object) => report({ status: 200, body }, settings as Settings, world)
  const targetOf = (settings: Pick<Settings, 'url'>) => ({ origin: originOf(settings), key: requireKey(world) })
  addDemoCommands(program, { ...world, targetOf, onRefused: () => end(EXIT.refused) })
  const applying = { world, targetOf, print, end, exit: EXIT }
  addApply(program, applying)
  addImport(program, { ...applying, env: world.env })
  addReconcile(program, applying)
  addStoreCommands(program, { world, print, end, exit: EXIT })
  addOperations(program, world, end)
  return program
}

/** A group for what operations are about, a command for each. */
function addOperations(program: Command, world: CliWorld, end: (code: number) => void): void {
  const operations = Object.fromEntries(API_OPERATIONS.map((name) => [name, operationOf(name)]))
  const groups = Map.groupBy(commandNames(operations), ([, { group }]) => group)
  for (const [group, commands] of groups) {
    const parent = program.command(group).description(commands.map(([, { command }]) => command).join(', '))
    for (const [name, { command }] of commands)
      addOperation(parent.command(command), name as OperationName, { world, end })
  }
}

function addOperation(
  command: Command,
  name: OperationName,
  { world, end }: { world: CliWorld; end: (code: number) => void },
): void {
  const operation = operationOf(name)
  const known = argumentsOf(operation)
  const positional = known.filter(({ isInPath }) => isInPath)
  const options = known
    .filter(({ isInPath }) => !isInPath)
    .map((argument) => ({ argument, option: toOption(argument) }))
  command.description(operation.summary)
  if (name === 'verifyAuditLogs') addVerifyOptions(command)
  for (const { placeholder, description, parse } of positional)
    command.addArgument(new Argument(`<${placeholder}>`, description).argParser(parse))
  for (const { option } of options) command.addOption(option)
  command
    .option('--input <json>', 'all fields as one JSON object; - reads it from standard input')
    .action(async (...given: unknown[]) => {
      const settings = command.optsWithGlobals<Settings & Record<string, unknown>>()
      if (settings.offline === true) return end(await reportOffline(settings, world))
      const input = await readInput(settings, world)
      for (const [index, { key }] of positional.entries()) input[key] = given[index]
      for (const { argument, option } of options) {
        const value = settings[option.attributeName()]
        if (value !== undefined) input[argument.key] = value === CLEARED ? null : value
      }
      // More than the API takes: the newest say most.
      if (settings.head !== undefined) input['heads'] = readHeads(settings.head).slice(-AUDIT_HEADS_MAX)
      requireAll(known, input)
      const answer = await callApi({ origin: originOf(settings), key: requireKey(world) }, operation, input)
      end(report(answer, settings, { ...world, known }))
    })
}

function addVerifyOptions(command: Command): void {
  command
    .addOption(
      new Option(
        '--head <file...>',
        'heads kept elsewhere: answers of audit verify or export, or a copy of audit-head.log',
      ).conflicts('heads'),
    )
    .option('--offline', 'open the store itself, with the settings that the gateway runs with, while it is stopped')
}

/** Every head in the files. */
function readHeads(files: readonly string[]): AuditHead[] {
  return files.flatMap((file) => {
    const heads = parseHeads(readText(file))
    if (heads.length === 0) throw new UsageError(`${file} holds no head of an audit log`)
    return heads
  })
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

/** Loaded only here: no other command needs a database. */
async function reportOffline(settings: Settings, world: CliWorld): Promise<number> {
  const { verifyOffline } = await import('./verify-offline.ts')
  const data = await verifyOffline({
    env: world.env,
    heads: readHeads(settings.head ?? []),
    onWarning: (message) => world.stderr.write(`${message}\n`),
  })
  for (const { fault, organization_id } of data)
    if (fault !== null) world.stderr.write(`${organization_id}: ${fault.message}\n`)
  const code = report({ status: 200, body: { data } }, settings, world)
  return data.every(({ is_intact }) => is_intact) ? code : EXIT.fault
}

/** Lists are repeated words, flags may stand alone, and what is structured is JSON. */
function toOption({ key, kind, description, isRequired, parse }: CommandArgument): Option {
  const name = optionName(key)
  const note = isRequired ? `${description} (required)`.trim() : description
  switch (kind) {
    case 'flag':
      return new Option(`--${name} [boolean]`, note).argParser(parse)
    case 'list':
      return new Option(`--${name} <values...>`, note).argParser((text, before: unknown) =>
        text === 'null' ? parse(text) : [...(Array.isArray(before) ? before : []), parse(text)],
      )
    case 'json':
      return new Option(`--${name} <json>`, note).argParser(parse)
    default:
      return new Option(`--${name} <${kind}>`, note).argParser(parse)
  }
}

function optionName(key: string): string {
  return COMMON_OPTIONS.has(key) ? `field-${key}` : wordsOf(key.replaceAll('_', '-')).join('-')
}

/** Those of the program: they may stand before a command and behind it. */
function addCommonOptions(program: Command, { env }: CliWorld): void {
  const url = env['SWITCHYARD_URL'] || URL_DEFAULT
  program
    .addOption(new Option('--url <url>', 'where the installation is (SWITCHYARD_URL)').default(url))
    .addOption(new Option('--json', 'print the JSON of the API (also when the output is no terminal)'))
    .addOption(new Option('--table', 'print for people').conflicts('json'))
}

function requireAll(known: readonly CommandArgument[], input: Readonly<Record<string, unknown>>): void {
  const missing = known.filter(({ key, isRequired }) => isRequired && input[key] === undefined).map(spoken)
  if (missing.length > 0) throw new UsageError(`${missing.join(', ')}: required (--help tells what it means)`)
}

/** What somebody types for an argument. */
function spoken({ key, isInPath, placeholder }: CommandArgument): string {
  return isInPath ? `<${placeholder}>` : `--${optionName(key)}`
}

function originOf({ url }: Pick<Settings, 'url'>): string {
  if (!/^https?:/.test(url) || !URL.canParse(url)) throw new UsageError(`${url} is not an http(s) URL`)
  return new URL(url).origin
}

async function readInput({ input }: Settings, { stdin }: CliWorld): Promise<Record<string, unknown>> {
  if (input === undefined) return {}
  const json = input === '-' ? await text(stdin) : input
  try {
    const value: unknown = JSON.parse(json)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  } catch {}
  throw new UsageError('--input is not a JSON object')
}

function requireKey({ env }: CliWorld): string {
  const key = env['SWITCHYARD_MANAGEMENT_KEY']
  if (!key) throw new UsageError('SWITCHYARD_MANAGEMENT_KEY is not set: it is the key that the command uses')
  return key
}

function report(
  { status, body }: ApiAnswer,
  settings: Settings,
  { stdout, stderr, known = [] }: CliWorld & { known?: readonly CommandArgument[] },
): number {
  const isJson = settings.json ?? !(settings.table ?? stdout.isTTY ?? false)
  const text = isJson ? `${JSON.stringify(body, undefined, 2)}\n` : undefined
  if (status >= 400) {
    stderr.write(text ?? `${inWordsOfTheLine(messageOf(body), known)} (${status})\n`)
    return status < 500 ? EXIT.refused : EXIT.failure
  }
  stdout.write(text ?? renderAnswer(body, stdout.columns ?? WIDTH_DEFAULT))
  return hasFault(body) ? EXIT.fault : EXIT.ok
}

function messageOf(body: unknown): string {
  return (body as { error?: { message?: string } } | null)?.error?.message ?? String(body)
}

/** The API names fields; who reads this has typed options. */
function inWordsOfTheLine(message: string, known: readonly CommandArgument[]): string {
  return message.replace(/(^|; )(\w+)(?=[.:])/g, (whole, before: string, key: string) => {
    const argument = known.find((one) => one.key === key)
    return argument === undefined ? whole : before + spoken(argument)
  })
}

/** A verification that found something wrong says so in its answer. */
function hasFault(body: unknown): boolean {
  return (body as { data?: { is_intact?: unknown } } | null)?.data?.is_intact === false
}

function serveMcp(origin: string, world: CliWorld): void {
  const key = requireKey(world)
  const refuse = ({ status, body }: ApiAnswer) => {
    if (status >= 400) throw new ApiRefusal(body)
    return body
  }
  serveOnStdio({
    invoke: async (name, input) => refuse(await callApi({ origin, key }, operationOf(name), input)),
    infer: async ({ body, attribution, signal }) => {
      const authorization = `Bearer ${world.env['SWITCHYARD_INFERENCE_KEY'] || key}`
      const headers = { ...attribution, authorization, 'content-type': 'application/json' }
      const init = { method: 'POST', headers, body: JSON.stringify(body), signal }
      return refuse(await ask(`${origin}/api/v1/chat/completions`, init))
    },
    onBug: (error) => world.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`),
  })
}
