/** `node tools/tidy.ts` checks what linters can't; `--write` first regenerates what is derived. */
import { join } from 'node:path'
import { tidyReport, writeDerived } from './tidy/tidy-report.ts'

const root = join(import.meta.dirname, '..')
if (process.argv.includes('--write')) writeDerived(root)
const { faults, notes } = tidyReport(root)
for (const note of notes) console.log(`note: ${note}`)
for (const fault of faults) console.error(fault)
console.log(faults.length === 0 ? 'tidy' : `${faults.length} faults`)
process.exitCode = faults.length === 0 ? 0 : 1
