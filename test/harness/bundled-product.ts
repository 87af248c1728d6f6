import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { cachedDirectory } from './cached-directory.ts'

const ROOT = join(import.meta.dirname, '../..')
const PROGRAM = 'main.mjs'

export interface BundledProduct {
  program: string
  /** Where Node may keep what it has compiled of it. */
  compileCache: string
}

let bundle: Promise<string> | undefined

/**
 * What `src/main.ts` imports of our own modules and of the two packages with most files, in a few files: to load a thousand small ones
 * takes more CPU than all else that a start on PostgreSQL does, and a run of all tests starts hundreds. Everything else is
 * loaded from where it always is: other packages, threads, migrations, pages. Remade when any file of `src/` changes.
 */
export async function bundledProduct(): Promise<BundledProduct> {
  bundle ??= cachedDirectory('bundled-product', ['src', 'package-lock.json'], build)
  const directory = await bundle
  return { program: join(directory, PROGRAM), compileCache: join(directory, 'compiled') }
}

async function build(outDir: string): Promise<void> {
  const vite = await import('vite')
  await vite.build({
    configFile: false,
    root: ROOT,
    publicDir: false,
    logLevel: 'warn',
    plugins: [{ name: 'own-place', transform: withOwnPlace }],
    ssr: { noExternal: ['zod', 'kysely'] },
    build: {
      ssr: true,
      outDir,
      target: 'esnext',
      minify: false,
      rolldownOptions: {
        input: join(ROOT, 'src/main.ts'),
        treeshake: false,
        output: { entryFileNames: PROGRAM, chunkFileNames: 'chunks/[name]-[hash].mjs' },
      },
    },
  })
}

/** A module finds what lies beside it by where its source is. */
function withOwnPlace(code: string, path: string): string | undefined {
  if (!path.startsWith(join(ROOT, 'src')) || !code.includes('import.meta.')) return undefined
  return code
    .replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href))
    .replaceAll('import.meta.dirname', JSON.stringify(dirname(path)))
}
