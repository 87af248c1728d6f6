import { join } from 'node:path'
import type { Plugin } from 'vite'
import { thirdPartyNotices } from './notices.ts'

/** What gets into the pages without being a module of the bundle: the beginning of the style sheet, the helpers of what bundles,
 *  and the search of the documentation (`tools/docs/write-site.ts`). */
const BESIDE = ['tailwindcss', 'vite', 'rolldown', 'minisearch']
export const NOTICES_FILE = 'third-party.txt'

/** Puts the licences of all that is bundled beside the bundle. */
export function bundledNotices(root: string): Plugin {
  return {
    name: 'bundled-notices',
    generateBundle() {
      const beside = BESIDE.map((name) => join(root, 'node_modules', name, 'package.json'))
      const source = thirdPartyNotices([...this.getModuleIds(), ...beside])
      this.emitFile({ type: 'asset', fileName: NOTICES_FILE, source })
    },
  }
}
