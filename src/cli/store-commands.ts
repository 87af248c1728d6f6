import type { Command } from 'commander'
import type { StoreCommandOptions } from './move-store.ts'

interface StoreWorld {
  world: { env: StoreCommandOptions['env']; stderr: { write: (text: string) => unknown } }
  /** Prints an answer as the line asks for and gives its exit code. */
  print: (body: object, settings: object) => number
  end: (code: number) => void
  exit: { refused: number; fault: number }
}

/** Adds the commands that work on the store itself, with the settings that the gateway runs with. */
export function addStoreCommands(program: Command, world: StoreWorld): void {
  program
    .command('backup')
    .description('Write everything that the database holds into a file, also while the gateway serves')
    .argument('<file>', 'a new file')
    .action((file: string, _options: unknown, command: Command) =>
      run(command, world, async (options) => {
        const { backUp } = await import('./move-store.ts')
        return await backUp(file, options)
      }),
    )
  program
    .command('restore')
    .description('Fill an empty installation with a backup, while the gateway is stopped')
    .argument('<file>', 'what backup has written')
    .option('--replace', 'also where there is an installation already, which goes')
    .action((file: string, { replace }: { replace?: true }, command: Command) =>
      run(command, world, async (options) => {
        const { restoreBackup } = await import('./move-store.ts')
        return await restoreBackup(file, { ...options, isReplacing: replace === true })
      }),
    )
  program
    .command('migrate-store')
    .description('Move the embedded database into an empty PostgreSQL, while the gateway is stopped')
    .option('--to <url>', 'where to (DATABASE_URL)')
    .action(({ to }: { to?: string }, command: Command) =>
      run(command, world, async (options) => {
        const { migrateStore } = await import('./move-store.ts')
        return await migrateStore(to, options)
      }),
    )
}

/** Runs a command. What it needs is loaded only then: no other command needs a database. */
async function run(
  command: Command,
  { world, print, end, exit }: StoreWorld,
  work: (options: StoreCommandOptions) => Promise<object>,
): Promise<void> {
  const { TransferRefused } = await import('../store/transfer/load-transfer.ts')
  const say = (message: string) => void world.stderr.write(`${message}\n`)
  try {
    const data = await work({ env: world.env, onWarning: say })
    print({ data }, command.optsWithGlobals())
    const { audit = [] } = data as { audit?: { organization_id: string; fault?: { message: string } | null }[] }
    const faulty = audit.filter(({ fault }) => fault)
    for (const { organization_id, fault } of faulty) say(`audit log of ${organization_id}: ${fault?.message}`)
    if (faulty.length > 0) end(exit.fault)
  } catch (error) {
    if (!(error instanceof TransferRefused)) throw error
    say(error.message)
    end(exit.refused)
  }
}
