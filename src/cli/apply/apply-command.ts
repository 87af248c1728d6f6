import { readFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import type { Command } from 'commander'

export interface ApplySettings {
  url: string
  dryRun?: true
  prune?: true
  keysFile?: string
}

interface Streams {
  stdin: NodeJS.ReadableStream
  stderr: { write: (text: string) => unknown }
}

export interface ApplyWorld {
  world: Streams
  targetOf: (settings: ApplySettings) => { origin: string; key: string }
  /** Prints an answer as the line asks for. */
  print: (body: object, settings: object) => unknown
  end: (code: number) => void
  exit: { usage: number; refused: number; differs: number }
}

/** Adds `apply`. */
export function addApply(program: Command, world: ApplyWorld): void {
  program
    .command('apply')
    .description('Make an organization what a file declares')
    .requiredOption('-f, --file <file>', 'YAML; - reads it from standard input')
    .option('--dry-run', `change nothing; ends with ${world.exit.differs} when something would change`)
    .option('--prune', 'delete what is not declared in a list that is')
    .option('--keys-file <file>', 'a new file for the secrets of keys that are made')
    .action(async (_options: unknown, command: Command) => {
      const settings = command.optsWithGlobals<ApplySettings & { file: string }>()
      await runApply(await readDeclared(settings.file, world.world), settings, world)
    })
}

/** Applies what a text declares. What it needs is loaded only then: it has the types of every operation with it. */
export async function runApply(
  text: string,
  settings: ApplySettings,
  { world, targetOf, print, end, exit, notes }: ApplyWorld & { notes?: readonly string[] },
): Promise<void> {
  const { applyOrganization } = await import('./apply-organization.ts')
  const { BadOrganizationFile, parseOrganizationFile } = await import('./organization-file.ts')
  const { PlanRefused } = await import('./plan-refused.ts')
  const { ApiError } = await import('../../contract/client.ts')
  const isDryRun = settings.dryRun === true
  try {
    const report = await applyOrganization(parseOrganizationFile(text), {
      ...targetOf(settings),
      ...{ isDryRun, isPruning: settings.prune === true, keysFile: settings.keysFile },
      onStep: (line) => void world.stderr.write(`${line}\n`),
    })
    for (const { place, reason } of report.refused) world.stderr.write(`! ${place}: ${reason}\n`)
    print({ data: { ...report, ...(notes && { notes }) } }, settings)
    if (report.refused.length > 0 || (isDryRun && report.changes.length > 0)) end(exit.differs)
  } catch (error) {
    const isFile = error instanceof BadOrganizationFile
    if (!isFile && !(error instanceof PlanRefused) && !(error instanceof ApiError)) throw error
    world.stderr.write(`${error.message}\n`)
    end(isFile ? exit.usage : exit.refused)
  }
}

async function readDeclared(file: string, { stdin }: Streams): Promise<string> {
  return file === '-' ? await text(stdin) : readFileSync(file, 'utf8')
}
