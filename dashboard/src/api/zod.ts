import { config, z } from 'zod/v4'

/** What the contract imports as `zod` here. Set before a schema exists: compiling one to a function is what our pages forbid. */
config({ jitless: true })

export { z }
