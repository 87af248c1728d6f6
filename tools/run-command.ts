import { spawn } from 'node:child_process'

export interface CommandOptions {
  cwd?: string
  env?: NodeJS.ProcessEnv
  /** Also passes the output on as it comes. Without it nothing is printed. */
  echo?: boolean
}

export interface CommandResult {
  code: number
  stdout: string
  /** Both streams in the order in which they arrived. */
  output: string
}

/** Runs a command to its end. Never throws: one that can't be started or dies of a signal gives code 1 and says so. */
export function runCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const stdout: Buffer[] = []
    const all: Buffer[] = []
    const finish = (code: number, note = '') => {
      const output = Buffer.concat(all).toString() + note
      resolve({ code, stdout: Buffer.concat(stdout).toString(), output })
    }
    child.stdout.on('data', (chunk: Buffer) => {
      stdout.push(chunk)
      all.push(chunk)
      if (options.echo) process.stdout.write(chunk)
    })
    child.stderr.on('data', (chunk: Buffer) => {
      all.push(chunk)
      if (options.echo) process.stderr.write(chunk)
    })
    child.on('error', (error) => finish(1, `${command}: ${error.message}\n`))
    child.on('close', (code, signal) => finish(code ?? 1, signal ? `${command}: ended by ${signal}\n` : ''))
  })
}
