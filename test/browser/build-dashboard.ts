import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

/** Once before the tests: they look at the built product. */
export function setup(): void {
  for (const name of ['docs', 'dashboard']) {
    const script = join(import.meta.dirname, `../../tools/build-${name}.ts`)
    execFileSync(process.execPath, [script], { stdio: 'inherit' })
  }
}
