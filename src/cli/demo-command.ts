import { type Command, InvalidArgumentError } from 'commander'
import { ApiError } from '../contract/client.ts'

const REQUESTS_MAX = 1_000_000
const REQUESTS_DEFAULT = 2_000
const PAST_REQUESTS_DEFAULT = 6_000
const DAYS_DEFAULT = 14
/** Of single requests more isn't kept everywhere. */
const DAYS_MAX = 365

interface DemoSettings {
  url: string
  requests: number
  seed: number
  anyway?: true
}

interface DemoWorld {
  env: Readonly<Record<string, string | undefined>>
  stdout: { write: (text: string) => unknown }
  stderr: { write: (text: string) => unknown }
  /** Where the installation is and which key to use. */
  targetOf: (settings: DemoSettings) => { origin: string; key: string }
  onRefused: () => void
}

/** Adds `demo-data` and `demo-history`. What they do is loaded only when it is asked for: it has much with it. */
export function addDemoCommands(program: Command, world: DemoWorld): void {
  const seed = ['--seed <number>', 'the same seed asks for the same things', wholeNumber(REQUESTS_MAX), 1] as const
  program
    .command('demo-data')
    .description('Fill an empty installation with an organization to look at, answered by the built-in provider')
    .option('--requests <number>', 'requests to send', wholeNumber(REQUESTS_MAX), REQUESTS_DEFAULT)
    .option(...seed)
    .option('--anyway', 'also where the organization has workspaces already')
    .action(async (_options: unknown, command: Command) => {
      const settings = command.optsWithGlobals<DemoSettings>()
      const { makeDemoData } = await import('./make-demo-data.ts')
      await report(world, () =>
        makeDemoData({
          ...world.targetOf(settings),
          requestCount: settings.requests,
          seed: settings.seed,
          isAnyway: settings.anyway === true,
          onProgress: (line) => void world.stderr.write(`${line}\n`),
        }),
      )
    })
  program
    .command('demo-history')
    .description('Give what demo-data made a past of invented requests, while the gateway is stopped')
    .option('--days <number>', 'of which days before today', wholeNumber(DAYS_MAX), DAYS_DEFAULT)
    .option('--requests <number>', 'how many', wholeNumber(REQUESTS_MAX), PAST_REQUESTS_DEFAULT)
    .option(...seed)
    .action(async ({ days, requests: requestCount, seed }: { days: number; requests: number; seed: number }) => {
      const { makeDemoHistory } = await import('./make-demo-history.ts')
      const onWarning = (message: string) => void world.stderr.write(`${message}\n`)
      await report(world, () => makeDemoHistory({ env: world.env, days, requestCount, seed, onWarning }))
    })
}

async function report({ stdout, stderr, onRefused }: DemoWorld, make: () => Promise<object>): Promise<void> {
  const { DemoRefused } = await import('./make-demo-data.ts')
  try {
    stdout.write(`${JSON.stringify(await make(), undefined, 2)}\n`)
  } catch (error) {
    if (!(error instanceof DemoRefused || error instanceof ApiError)) throw error
    stderr.write(`${error.message}\n`)
    onRefused()
  }
}

function wholeNumber(max: number): (text: string) => number {
  return (text) => {
    const number = Number(text)
    if (!/^\d+$/.test(text) || number > max) throw new InvalidArgumentError(`0 to ${max}`)
    return number
  }
}
