import type { Config } from '../config/config.ts'
import { loadTlsPair, type TlsPair } from '../config/load-tls-pair.ts'
import { makeReload } from '../config/reload-catalogue.ts'
import { watchFile } from '../config/watch-file.ts'
import type { HttpServer } from '../http/server.ts'
import type { Observe } from '../observe/observation.ts'
import { systemClock as clock } from '../platform/clock.ts'

/** What the port is opened with; undefined where it speaks HTTP in clear. Throws ConfigError. */
export function readCertificate({ tls }: Config, observe: Observe): TlsPair | undefined {
  if (tls === null) return undefined
  const pair = loadTlsPair(tls, clock.now())
  tell(pair, observe)
  return pair
}

/** Takes a changed certificate and key over, both or neither, when a file changes and on SIGHUP. */
export function followCertificate(http: HttpServer, { tls }: Config, observe: Observe): void {
  if (tls === null) return
  const reload = makeReload({
    load: async () => loadTlsPair(tls, clock.now()),
    apply: (pair) => {
      http.replaceCertificate(pair)
      tell(pair, observe)
    },
    reject: (problems) => observe({ type: 'certificate_rejected', problems }),
  })
  const onChange = () => void reload()
  process.on('SIGHUP', onChange)
  for (const file of new Set(Object.values(tls)))
    watchFile(file, onChange, ({ message }) => observe({ type: 'certificate_rejected', problems: [message] }))
}

function tell({ names, expiresAt }: TlsPair, observe: Observe): void {
  observe({ type: 'certificate_loaded', names, expiresAt: new Date(expiresAt).toISOString() })
}
