import { makeDemoData } from '../../src/cli/make-demo-data.ts'
import { makeDemoHistory } from '../../src/cli/make-demo-history.ts'
import type { Gateway } from '../harness/gateway-process.ts'

const SEED = 1

/** What `switchyard demo-data` and `switchyard demo-history` make, in a gateway that answers by itself (`SWITCHYARD_SIM=on`). */
export async function makeDemoInstallation(gateway: Gateway, requestCount: number): Promise<void> {
  const { url: origin, managementKey: key, dataDir, databaseUrl } = gateway
  const onProgress = (line: string) => void process.stdout.write(`${line}\n`)
  await makeDemoData({ origin, key, requestCount, seed: SEED, isAnyway: false, onProgress })
  await gateway.stop({ keepData: true })
  const env = { SWITCHYARD_DATA_DIR: dataDir, DATABASE_URL: databaseUrl }
  await makeDemoHistory({ env, days: 14, requestCount: 10 * requestCount, seed: SEED, onWarning: onProgress })
  await gateway.restart()
}
