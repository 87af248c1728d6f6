/** `npm run build` makes `dist/dashboard` out of `dashboard/`, with each file compressed beside it, where it isn't up to date. */
import { join } from 'node:path'
import { DASHBOARD_SOURCES } from '../src/config/dashboard-settings.ts'
import { buildProduct } from './build-product.ts'
import { bundledNotices } from './third-party/bundled-notices.ts'

const ROOT = join(import.meta.dirname, '..')

await buildProduct(
  { root: ROOT, name: 'dashboard', what: 'the dashboard', sources: DASHBOARD_SOURCES },
  async (outDir) => {
    // Whoever starts it: tests too look at what users get, and not at React's checks for developers.
    process.env['NODE_ENV'] = 'production'
    const { build } = await import('vite')
    await build({
      configFile: join(ROOT, 'dashboard/vite.config.ts'),
      logLevel: 'warn',
      build: { outDir },
      plugins: [bundledNotices(ROOT)],
    })
  },
)
