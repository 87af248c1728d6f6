import { parseEnvelope, type SecretConfig, symmetricDecrypt, symmetricEncrypt } from 'better-auth/crypto'
import { listSecondFactors, replaceSecondFactor } from '../store/queries/second-factors.ts'
import type { Db } from '../store/schema.ts'
import { versionOf } from './auth.ts'
import { secretTextOf } from './session-cookie.ts'

/**
 * Encrypts under the first of `keys` what second factors have under another, so that they outlast the secret before. Returns how
 * many there were. What none of the keys opens stays as it is: its owner needs somebody who takes the second factor away.
 */
export async function renewSecondFactors(db: Db, keys: readonly [Buffer, ...Buffer[]]): Promise<number> {
  const key: SecretConfig = {
    keys: new Map(keys.map((one) => [versionOf(one), secretTextOf(one)])),
    currentVersion: versionOf(keys[0]),
  }
  const isOpened = (sealed: string) => key.keys.has(parseEnvelope(sealed)?.version ?? Number.NaN)
  const isCurrent = (sealed: string) => parseEnvelope(sealed)?.version === key.currentVersion
  const renew = async (sealed: string) =>
    await symmetricEncrypt({ key, data: await symmetricDecrypt({ key, data: sealed }) })
  let renewed = 0
  for (const factor of await listSecondFactors(db)) {
    const sealed = [factor.secret, factor.backup_codes]
    if (sealed.every(isCurrent) || !sealed.every(isOpened)) continue
    const [secret, backupCodes] = await Promise.all([renew(factor.secret), renew(factor.backup_codes)])
    await replaceSecondFactor(db, factor, { secret, backup_codes: backupCodes })
    renewed += 1
  }
  return renewed
}
