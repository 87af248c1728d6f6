import { checkAbilityTable, writeAbilityTable } from './ability-table.ts'
import { checkChangingControls } from './changing-controls.ts'
import { checkImportTable, writeImportTable } from './import-table.ts'
import { checkMigrations, writeMigrationSums } from './migrations.ts'
import { checkNames } from './names.ts'
import { checkOpenApi, writeOpenApi } from './openapi.ts'
import { checkPermissionTable, writePermissionTable } from './permission-table.ts'
import type { TidyReport } from './report.ts'

/** What the linters can't see. File and function sizes are Biome's. */
export function tidyReport(root: string): TidyReport {
  const reports = [
    checkAbilityTable(root),
    checkChangingControls(root),
    checkImportTable(root),
    checkMigrations(root),
    checkNames(root),
    checkOpenApi(root),
    checkPermissionTable(root),
  ]
  return { faults: reports.flatMap((report) => report.faults), notes: reports.flatMap((report) => report.notes) }
}

/** Regenerates what is derived: the import table, the sums of new migrations, the API description, the tables of
 *  permissions and of what formats can say. */
export function writeDerived(root: string): void {
  writeAbilityTable(root)
  writeImportTable(root)
  writeMigrationSums(root)
  writeOpenApi(root)
  writePermissionTable(root)
}
