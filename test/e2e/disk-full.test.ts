import { spawnSync } from 'node:child_process'
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { countCharged, findMissing, startLoad, type Tally } from './charge-load.ts'
import { chat, idOf } from './chat-client.ts'
import { oneProvider } from './provider-config.ts'

const DISK_MEGABYTES = 192
const CALLERS = { count: 4, pauseMs: 0 }
const directory = mkdtempSync(join(tmpdir(), 'disk-full-'))
const disk = join(directory, 'disk')

/** Mounting needs the superuser; elsewhere these tests are skipped and say so. */
function mountDisk(): boolean {
  mkdirSync(disk)
  const options = ['-t', 'tmpfs', '-o', `size=${DISK_MEGABYTES}m,mode=700`, 'tmpfs', disk]
  return process.platform === 'linux' && spawnSync('mount', options).status === 0
}

function unmountDisk(): void {
  spawnSync('umount', ['-l', disk])
}

/** Takes every byte that is left. */
function fillDisk(): void {
  const file = openSync(join(disk, 'filler'), 'a')
  for (let size = 1 << 20; size >= 1; size = Math.floor(size / 2)) {
    const piece = Buffer.alloc(size)
    try {
      while (writeSync(file, piece) === size);
    } catch {
      // No room for a piece of this size: try a smaller one.
    }
  }
  closeSync(file)
}

function freeDisk(): void {
  rmSync(join(disk, 'filler'), { force: true })
}

const isMounted = mountDisk()
if (!isMounted) process.stdout.write('F12 skipped: mounting a small disk needs the superuser\n')
afterAll(() => {
  if (isMounted) unmountDisk()
  rmSync(directory, { recursive: true })
})

describe.skipIf(!isMounted)('F12 on a full disk', () => {
  let upstream: ScriptedUpstream
  let gateway: Gateway
  let key: string
  let startedAtMs: number

  beforeAll(async () => {
    upstream = await startScriptedUpstream()
  })
  beforeEach(async () => {
    startedAtMs = Date.now()
    gateway = await startGateway({
      config: oneProvider(upstream.baseUrl),
      dataDir: join(disk, 'data'),
      env: { SWITCHYARD_SNAPSHOT_SECONDS: '5' },
    })
    key = await gateway.createKey({ rate_limit_rpm: 0 })
  })
  afterEach(async () => {
    upstream.reset()
    freeDisk()
    await gateway.stop()
    rmSync(join(disk, 'data'), { recursive: true, force: true })
  })
  afterAll(() => upstream.close())

  /** Calls until one is refused; each answer up to then is whole, and the refusal is the one that tells when to come back. */
  async function callUntilRefused(): Promise<string[]> {
    const acknowledged: string[] = []
    for (let count = 0; count < 20_000; count += 1) {
      const answer = await chat(gateway, key, { model: 'alpha/flat', stream: count % 2 === 0 })
      if (answer.status === 200) {
        expect(answer.json !== undefined || answer.isDone).toBe(true)
        acknowledged.push(idOf(answer))
        continue
      }
      expect(answer.json).toMatchObject({ error: { code: 503 } })
      expect(answer.status).toBe(503)
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
      return acknowledged
    }
    throw new Error('the disk is full and nothing was refused')
  }

  test('what must be paid for is refused with 503 and Retry-After, reading goes on, and space brings all back', async () => {
    expect((await chat(gateway, key)).status).toBe(200)
    fillDisk()
    const acknowledged = await callUntilRefused()
    for (const path of ['key', 'keys', 'workspaces', 'credits', 'models', 'providers']) {
      const read = await gateway.call('GET', `/api/v1/${path}`, path === 'key' ? { key } : {})
      expect([path, read.status]).toEqual([path, 200])
    }
    expect((await gateway.call('GET', '/healthz')).status).toBe(200)
    freeDisk()
    await expect
      .poll(async () => (await chat(gateway, key, { model: 'alpha/flat' })).status, { timeout: 30_000 })
      .toBe(200)
    await expect.poll(() => findMissing(gateway, key, acknowledged), { timeout: 30_000 }).toEqual([])
    expect((await gateway.call('POST', '/api/v1/keys', { body: { name: 'after' } })).status).toBe(201)
    expect(gateway.exit()).toBeUndefined()
  })

  test('an answer that runs while the disk fills up is finished and charged', async () => {
    let release = () => {}
    const midGate = new Promise<void>((resolve) => {
      release = resolve
    })
    upstream.forModel('flat', { midGate })
    const running = chat(gateway, key, { model: 'alpha/flat', stream: true })
    await upstream.waitUntil('the answer has begun', () => upstream.openRequestCount() === 1)
    fillDisk()
    release()
    const answer = await running
    expect([answer.status, answer.isDone]).toEqual([200, true])
    freeDisk()
    await expect.poll(() => findMissing(gateway, key, [idOf(answer)]), { timeout: 30_000 }).toEqual([])
  })

  test('a process killed on a full disk starts again with every acknowledged charge, once space is there', async () => {
    const tally: Tally = { sent: 0, acknowledged: new Set() }
    const stopLoad = startLoad(gateway, key, CALLERS, tally)
    await sleep(500)
    fillDisk()
    await sleep(1_500)
    await gateway.kill9()
    await stopLoad()
    freeDisk()
    await gateway.restart()
    expect(tally.acknowledged.size).toBeGreaterThan(0)
    expect(await findMissing(gateway, key, [...tally.acknowledged])).toEqual([])
    expect(await countCharged(gateway, key, startedAtMs)).toBeLessThanOrEqual(tally.sent)
  })

  test('a start on a full disk fails with a sentence or serves reads, and damages nothing', async () => {
    const acknowledged = [idOf(await chat(gateway, key, { model: 'alpha/flat' }))]
    await gateway.stop({ keepData: true })
    fillDisk()
    await gateway.restart().catch(() => {})
    expect(gateway.stderr.filter((line) => /^\s+at /.test(line))).toEqual([])
    freeDisk()
    await gateway.restart()
    expect(await findMissing(gateway, key, acknowledged)).toEqual([])
    expect((await chat(gateway, key)).status).toBe(200)
  })
})
