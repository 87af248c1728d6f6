import { fileURLToPath } from 'node:url'

const STRIPPER = new URL('../../bin/strip-types.js', import.meta.url)

/** What Node is given for each thread of ours, and not the flags of this process, which may be made for its own program. Source
 *  has types: a thread that strips them itself takes 20 MB for it. */
export const WORKER_ARGUMENTS: readonly string[] = import.meta.url.endsWith('.ts')
  ? ['--require', fileURLToPath(STRIPPER)]
  : []
