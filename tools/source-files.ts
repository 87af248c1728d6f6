import { existsSync, globSync } from 'node:fs'
import { join } from 'node:path'

const SOURCE_FOLDERS = ['src', 'dashboard/src', 'test', 'tools']

/** The folders with code that exist below `root`. */
export function listSourceFolders(root: string): string[] {
  return SOURCE_FOLDERS.filter((folder) => existsSync(join(root, folder)))
}

/** Every TypeScript file of ours, relative to `root`, sorted. Installed packages are not ours. */
export function listSourceFiles(root: string): string[] {
  return listSourceFolders(root)
    .flatMap((folder) =>
      globSync(`${folder}/**/*.{ts,tsx}`, { cwd: root, exclude: (name) => name.split('/').includes('node_modules') }),
    )
    .sort()
}
