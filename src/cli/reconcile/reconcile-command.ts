import { type Command, Option } from 'commander'
import { BILL_FORMATS } from './read-bill.ts'
import type { ReconcileSettings } from './run-reconcile.ts'

interface ReconcileWorld {
  world: { stdin: NodeJS.ReadableStream; stderr: { write: (text: string) => unknown } }
  targetOf: (settings: { url: string }) => { origin: string; key: string }
  /** Prints an answer as the line asks for. */
  print: (body: object, settings: object) => unknown
  end: (code: number) => void
  exit: { usage: number; refused: number; differs: number }
}

/** Adds `reconcile`. */
export function addReconcile(program: Command, world: ReconcileWorld): void {
  program
    .command('reconcile')
    .description("Lay a provider's bill beside what the gateway worked out, by UTC day and model")
    .requiredOption('--provider <slug>', 'whose bill it is')
    .requiredOption('--month <YYYY-MM>', 'of which month, in UTC')
    .requiredOption('--file <file>', "the provider's export, CSV or JSON; - reads it from standard input")
    .addOption(new Option('--format <name>', 'what the export looks like').choices(BILL_FORMATS).default('generic'))
    .option('--tolerance <percent>', `how far apart both may be; ends with ${world.exit.differs} beyond`, '1')
    .option('--byok', "compare what ran on customers' own credentials, in place of the installation's")
    .option('--map <names...>', "THEIRS=OURS: what a model of the bill is called here, where its name doesn't tell")
    .option('--date-column <name>', 'in place of the one of the format')
    .option('--model-column <name>', 'in place of the one of the format')
    .option('--cost-column <name>', 'in place of the one of the format, in dollars')
    .option('--currency-column <name>', 'in place of the one of the format')
    .action((_options: unknown, command: Command) => run(command.optsWithGlobals<ReconcileSettings>(), world))
}

/** What it needs is loaded only then: it has the types of every operation with it. */
async function run(settings: ReconcileSettings, { world, targetOf, print, end, exit }: ReconcileWorld): Promise<void> {
  const { runReconcile } = await import('./run-reconcile.ts')
  const { BadExport } = await import('../import/bad-export.ts')
  const { ApiError } = await import('../../contract/client.ts')
  try {
    const { isWithin, body } = await runReconcile(settings, { target: targetOf(settings), stdin: world.stdin })
    print(body, settings)
    if (!isWithin) end(exit.differs)
  } catch (error) {
    const isMistake = error instanceof BadExport
    if (!isMistake && !(error instanceof ApiError)) throw error
    world.stderr.write(`${error.message}\n`)
    end(isMistake ? exit.usage : exit.refused)
  }
}
