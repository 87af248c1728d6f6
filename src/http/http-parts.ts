import type { RequestListener, Server } from 'node:http'
import type { Control } from '../control/invoke.ts'
import type { Actor } from '../domain/actor.ts'
import type { Observe } from '../observe/observation.ts'
import type { Clock } from '../platform/clock.ts'

export interface HttpParts extends Control {
  /** The actor behind an Authorization header; anonymous without one. Throws 401. */
  authenticate: (authorization: string | undefined) => Actor | Promise<Actor>
  observe: Observe
  clock: Clock
  isReady: () => boolean
  publicUrl: string
  serverFactory: (app: RequestListener) => Server
}
