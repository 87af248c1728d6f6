import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

/** Once before the tests: they look at the built product. */
export function setup(): void {
  execFileSync(process.execPath, [join(import.meta.dirname, '../../tools/build-dashboard.ts')], { stdio: 'inherit' })
}
