/**
 * `npm run build` makes `dist/docs` out of `docs/` and the contract, with each file compressed beside it. Does nothing when that
 * is there and no older than its source; `--force` makes it anew.
 */
import { join } from 'node:path'
import { DOCS_SOURCES } from '../src/config/dashboard-settings.ts'
import { buildProduct } from './build-product.ts'
import { readSite } from './docs/site.ts'
import { writeSite } from './docs/write-site.ts'

const ROOT = join(import.meta.dirname, '..')

await buildProduct(
  { root: ROOT, name: 'docs', what: 'the documentation', sources: DOCS_SOURCES },
  async (directory) => {
    const site = readSite(ROOT)
    for (const fault of site.faults) console.error(fault)
    writeSite(site, ROOT, directory)
  },
)
