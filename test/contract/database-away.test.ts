import pg from 'pg'
import { expect, test } from 'vitest'
import { startGateway } from '../harness/gateway-process.ts'
import { eventually } from './fixtures.ts'
import { expectError, sendTo } from './request.ts'

const isPostgres = process.env['SWITCHYARD_TEST_STORE'] === 'postgres'

test.runIf(isPostgres)(
  '503 with Retry-After while the database is away, the catalogue goes on, and all is well after',
  async () => {
    await using own = await startGateway({ env: { SWITCHYARD_SIM: 'on' } })
    const admin = new pg.Client({ connectionString: process.env['DATABASE_URL'] })
    await admin.connect()
    const name = new URL(own.databaseUrl ?? '').pathname.slice(1)
    await admin.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`)
    await admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [name])
    const refused = [
      await sendTo(own, 'GET', '/api/v1/workspaces'),
      await sendTo(own, 'POST', '/api/v1/keys', { body: { name: 'x' } }),
    ]
    const catalogue = await sendTo(own, 'GET', '/api/v1/models', { key: null })
    await admin.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`)
    await admin.end()
    for (const answer of refused) {
      expectError(answer, 503, 'database')
      expect(answer.headers.get('retry-after')).toBe('5')
    }
    expect(catalogue.status).toBe(200)
    const back = await eventually(
      () => sendTo(own, 'POST', '/api/v1/keys', { body: { name: 'x' } }),
      ({ status }) => status === 201,
    )
    expect(back.status).toBe(201)
  },
)
