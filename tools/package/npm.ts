import { join } from 'node:path'
import { runCommand } from '../run-command.ts'

/** Runs npm in a folder, whatever the settings of user and machine are, and gives what it printed. Throws with its output when it
 *  fails. */
export async function npm(directory: string, args: readonly string[]): Promise<string> {
  const { PATH, HOME } = process.env
  // Neither is there, and both may not be the same.
  const noSettings = ['user', 'global'].map((kind) => `--${kind}config=${join(directory, `no-${kind}-settings`)}`)
  const { code, stdout, output } = await runCommand(
    'npm',
    [...args, ...noSettings, '--no-audit', '--no-fund', '--logs-max=0'],
    { cwd: directory, env: { PATH, HOME } },
  )
  if (code !== 0) throw new Error(`npm ${args[0]} failed\n${output}`)
  return stdout
}
