import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { assert } from './assert.ts'

/** Of scrypt: 32 MiB and about a fifth of a second for each. Source: OWASP Password Storage Cheat Sheet. */
const COST = { N: 32_768, r: 8, p: 3 }
const MEMORY_BYTES_MAX = 64 * 1_048_576
const KEY_BYTES = 32
const SALT_BYTES = 16
/** The threads that hash also write the journal: they are never all taken. */
const RUNNING_MAX = 2
const WAITING_MAX = 200

/** So many passwords wait to be hashed that another would wait for too long. */
export class PasswordsBusy extends Error {
  constructor() {
    super('too many passwords are being checked')
    this.name = 'PasswordsBusy'
  }
}

let running = 0
const waiting: (() => void)[] = []

/** `scrypt$N$r$p$<salt>$<key>`, base64url. Throws PasswordsBusy. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES)
  const key = await derive(password, salt)
  return ['scrypt', COST.N, COST.r, COST.p, salt.toString('base64url'), key.toString('base64url')].join('$')
}

/** Whether `hash` is of this password. Takes as long for one as for another. Throws PasswordsBusy. */
export async function verifyPassword(hash: string, password: string): Promise<boolean> {
  const [kind, N, r, p, salt, key, ...rest] = hash.split('$')
  const isOurs = kind === 'scrypt' && Number(N) === COST.N && Number(r) === COST.r && Number(p) === COST.p
  assert(isOurs && salt !== undefined && key !== undefined && rest.length === 0, 'form of a password hash')
  const expected = Buffer.from(key, 'base64url')
  const given = await derive(password, Buffer.from(salt, 'base64url'))
  return given.length === expected.length && timingSafeEqual(given, expected)
}

async function derive(password: string, salt: Buffer): Promise<Buffer> {
  await takeTurn()
  try {
    return await new Promise((resolve, reject) => {
      scrypt(password.normalize('NFKC'), salt, KEY_BYTES, { ...COST, maxmem: MEMORY_BYTES_MAX }, (error, key) => {
        if (error === null) resolve(key)
        else reject(error)
      })
    })
  } finally {
    const next = waiting.shift()
    if (next === undefined) running -= 1
    else next()
  }
}

async function takeTurn(): Promise<void> {
  if (running < RUNNING_MAX) {
    running += 1
    return
  }
  if (waiting.length >= WAITING_MAX) throw new PasswordsBusy()
  await new Promise<void>((resolve) => waiting.push(resolve))
}
