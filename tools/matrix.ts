/** `node tools/matrix.ts` prints what each format of clients can ask of each format of providers; `conformance.test.ts` tries it all. */
import { renderAbilityTables } from './tidy/ability-table.ts'

console.log(renderAbilityTables())
