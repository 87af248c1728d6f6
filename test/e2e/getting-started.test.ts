import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'

/*
 * `docs/getting-started.md`, done as it says: its samples run as they stand there, one after the other, with the address of the test
 * in place of the usual one.
 */

const ROOT = join(import.meta.dirname, '../..')
const PAGE = readFileSync(join(ROOT, 'docs/getting-started.md'), 'utf8')
const run = promisify(execFile)

let gateway: Gateway
let folder: string

beforeAll(async () => {
  gateway = await startGateway({ firstStart: true, env: { SWITCHYARD_SIM: 'on', SWITCHYARD_MANAGEMENT_KEY: '' } })
  folder = await mkdtemp(join(tmpdir(), 'sw-docs-'))
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
})

afterAll(async () => {
  await gateway?.stop()
  await rm(folder, { recursive: true, force: true })
})

function samples(language: string): string[] {
  const found = [...PAGE.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))]
  return found.map(([, text = '']) => text.replaceAll('http://127.0.0.1:8787', gateway.url))
}

function setUpToken(): string {
  const line = gateway.stdout.find((one) => one.includes('set_up_needed')) ?? ''
  return /token=([\w-]+)/.exec(line)?.[1] ?? ''
}

test('each sample of getting started runs, from the link to the audit log', async () => {
  const shell = ['set -euo pipefail', ...samples('bash').map((text) => `${text}\necho; echo "=== $?"`)]
  const script = [...shell, 'echo "KEY=$INFERENCE_KEY"'].join('\n')
  const env = { ...process.env, SETUP_TOKEN: setUpToken() }
  const { stdout } = await run('bash', ['-c', script], { cwd: folder, env })
  const [setUp, chat = '', key = '', made = '', audit = '', end = ''] = stdout.split(/\n=== 0\n/)
  expect(setUp?.trim()).toBe('')
  expect(JSON.parse(chat)).toMatchObject({ model: 'sim/lorem', usage: { cost: expect.any(Number) } })
  expect(JSON.parse(chat).usage.cost).toBeGreaterThan(0)
  expect(JSON.parse(key).data).toMatchObject({ usage: expect.any(Number) })
  expect(JSON.parse(made)).toMatchObject({
    key: expect.stringMatching(/^sk-or-v1-/),
    data: { limit: 5, limit_reset: 'monthly' },
  })
  expect(JSON.parse(audit).data.map((row: { action: string }) => row.action)).toContain('createKeys')

  const inferenceKey = /KEY=(sk-or-v1-\w+)/.exec(end)?.[1] ?? ''
  const outputs = []
  for (const [index, text] of samples('ts').entries()) {
    const file = join(folder, `sample-${index}.mjs`)
    await writeFile(file, text)
    outputs.push(
      (await run(process.execPath, [file], { cwd: folder, env: { ...process.env, KEY: inferenceKey } })).stdout,
    )
  }
  expect(outputs).toEqual([expect.stringContaining('Hello from a program'), expect.stringContaining('Word by word')])
})

test('nothing on the page but the start itself is left out of the test', () => {
  const fences = [...PAGE.matchAll(/^```(\w+)$/gm)].map(([, language]) => language)
  expect(fences.filter((language) => language !== 'bash' && language !== 'ts')).toEqual(['sh'])
  expect(samples('bash')).toHaveLength(5)
  expect(samples('ts')).toHaveLength(2)
})
