import { writeFileSync } from 'node:fs'
import type { Command } from 'commander'
import type { ApiTarget } from '../api-client.ts'
import { type ApplySettings, type ApplyWorld, runApply } from '../apply/apply-command.ts'
import type { ImportSource } from './import-organization.ts'

const OPENROUTER = 'https://openrouter.ai'

interface ImportSettings extends ApplySettings {
  providersFile?: string
}

interface ImportWorld extends ApplyWorld {
  env: Readonly<Record<string, string | undefined>>
}

/** Adds `import`, a command for each gateway that people come from. */
export function addImport(program: Command, world: ImportWorld): void {
  const group = program
    .command('import')
    .description('litellm, openrouter, new-api: take over what another gateway has')
  const add = (name: string, description: string) =>
    group
      .command(name)
      .description(description)
      .option('--dry-run', `change nothing; ends with ${world.exit.differs} when something would change`)
      .option('--keys-file <file>', 'a new file for the secrets of keys that are made')
      .option('--output <file>', 'write the organization into a new file for apply, and do nothing else')
  add('litellm', 'From LiteLLM: its config, and what /team/list and /key/list answer')
    .option('--config <file>', 'config.yaml')
    .option('--teams <file>', 'answer of /team/list')
    .option('--keys <file>', 'answer of /key/list?return_full_object=true')
    .option('--providers-file <file>', 'a new file of providers for SWITCHYARD_CONFIG')
    .action(
      async ({ config, teams, keys }: Record<'config' | 'teams' | 'keys', string | undefined>, command: Command) => {
        const nothing = config === undefined && teams === undefined && keys === undefined
        await run(
          command,
          world,
          nothing ? '--config, --teams or --keys: give at least one' : { kind: 'litellm', config, teams, keys },
        )
      },
    )
  add('openrouter', 'From OpenRouter, or another Switchyard, by its management API (OPENROUTER_MANAGEMENT_KEY)')
    .option('--from <url>', 'where it is', OPENROUTER)
    .option('--export <file>', 'the same as JSON, instead')
    .action(async (options: { from: string; export?: string }, command: Command) => {
      await run(command, world, openRouterSource(options, world.env['OPENROUTER_MANAGEMENT_KEY']))
    })
  add('new-api', 'From new-api or one-api: what /api/token answers')
    .requiredOption('--tokens <file>', 'answer of /api/token')
    .action(async ({ tokens }: { tokens: string }, command: Command) => {
      await run(command, world, { kind: 'new-api', tokens })
    })
}

function openRouterSource(options: { from: string; export?: string }, key: string | undefined): ImportSource | string {
  if (options.export !== undefined) return { kind: 'openrouter', export: options.export }
  if (!key) return 'OPENROUTER_MANAGEMENT_KEY is not set: it is the key that is read with'
  if (!URL.canParse(options.from)) return `${options.from} is not a URL`
  const target: ApiTarget = { origin: new URL(options.from).origin, key }
  return { kind: 'openrouter', target }
}

async function run(command: Command, world: ImportWorld, source: ImportSource | string): Promise<void> {
  const settings = command.optsWithGlobals<ImportSettings & { output?: string }>()
  const refuse = (message: string) => {
    world.world.stderr.write(`${message}\n`)
    world.end(world.exit.usage)
  }
  if (typeof source === 'string') return refuse(source)
  const { BadExport } = await import('./bad-export.ts')
  const { importOrganization } = await import('./import-organization.ts')
  try {
    const { workspaces, notes, providers } = await importOrganization(source)
    const organization = JSON.stringify({ version: 1, workspaces }, undefined, 2)
    for (const note of notes) world.world.stderr.write(`# ${note}\n`)
    if (settings.providersFile !== undefined && providers !== undefined && settings.dryRun !== true)
      writeNew(settings.providersFile, JSON.stringify({ providers }, undefined, 2))
    if (settings.output !== undefined) return writeNew(settings.output, organization)
    await runApply(organization, settings, { ...world, notes })
  } catch (error) {
    if (!(error instanceof BadExport) && (error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    refuse((error as Error).message)
  }
}

/** JSON is YAML. */
function writeNew(path: string, text: string): void {
  writeFileSync(path, `${text}\n`, { flag: 'wx', mode: 0o600 })
}
