import { type Command, InvalidArgumentError } from 'commander'
import { ApiError } from '../contract/client.ts'

const REQUESTS_MAX = 1_000_000
const REQUESTS_DEFAULT = 2_000

interface DemoSettings {
  url: string
  requests: number
  seed: number
  anyway?: true
}

interface DemoWorld {
  stdout: { write: (text: string) => unknown }
  stderr: { write: (text: string) => unknown }
  /** Where the installation is and which key to use. */
  targetOf: (settings: DemoSettings) => { origin: string; key: string }
  onRefused: () => void
}

/** Adds `demo-data`. */
export function addDemoData(program: Command, { stdout, stderr, targetOf, onRefused }: DemoWorld): void {
  program
    .command('demo-data')
    .description('Fill an empty installation with an organization to look at, answered by the built-in provider')
    .option('--requests <number>', 'requests to send', wholeNumber, REQUESTS_DEFAULT)
    .option('--seed <number>', 'the same seed asks for the same things', wholeNumber, 1)
    .option('--anyway', 'also where the organization has workspaces already')
    .action(async (_options: unknown, command: Command) => {
      const settings = command.optsWithGlobals<DemoSettings>()
      // Loaded only here: it has the types of every operation with it.
      const { DemoRefused, makeDemoData } = await import('./make-demo-data.ts')
      try {
        const report = await makeDemoData({
          ...targetOf(settings),
          requestCount: settings.requests,
          seed: settings.seed,
          isAnyway: settings.anyway === true,
          onProgress: (line) => void stderr.write(`${line}\n`),
        })
        stdout.write(`${JSON.stringify(report, undefined, 2)}\n`)
      } catch (error) {
        if (!(error instanceof DemoRefused || error instanceof ApiError)) throw error
        stderr.write(`${error.message}\n`)
        onRefused()
      }
    })
}

function wholeNumber(text: string): number {
  const number = Number(text)
  if (!/^\d+$/.test(text) || number > REQUESTS_MAX) throw new InvalidArgumentError(`0 to ${REQUESTS_MAX}`)
  return number
}
