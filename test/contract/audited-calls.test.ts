import { afterAll, beforeAll, expect, test } from 'vitest'
import type { AuditLogWire } from '../../src/contract/management/audit.ts'
import { LEAK_REPORT_OPERATIONS } from '../../src/contract/management/leak-report.ts'
import { createWorkspace, listWorkspaces } from '../../src/contract/management/workspaces.ts'
import type { ControlContext } from '../../src/control/context.ts'
import { HANDLERS } from '../../src/control/handlers.ts'
import { hashSecretKey, newSecretKey } from '../../src/platform/secret-key.ts'
import { auditFaults, type RecordedCall } from './audited-calls.ts'
import { makeTwoOrganizations, ORIGIN, type TwoOrganizations } from './two-organizations.ts'

/*
 * That the check which holds every call of the contract tests against the audit log (`check-audit-trail.ts`) sees what it must
 * see, and that the door itself lets nothing through that would need to be seen.
 */

let world: TwoOrganizations
beforeAll(async () => {
  world = await makeTwoOrganizations()
})
afterAll(async () => {
  await world?.close()
})

const bearer = newSecretKey()
const done: RecordedCall = { operation: createWorkspace, requestId: 'req-1', surface: 'api', isDone: true, bearer }
const row: AuditLogWire = {
  id: '00000000-0000-4000-8000-000000000000',
  sequence: 1,
  created_at: '2026-01-01T00:00:00.000Z',
  actor_kind: 'management_key',
  actor_id: hashSecretKey(bearer),
  user_id: null,
  surface: 'api',
  ip: '127.0.0.1',
  user_agent: null,
  request_id: 'req-1',
  action: 'createWorkspace',
  resource_type: 'workspace',
  resource_id: 'x',
  workspace_id: null,
  before: null,
  after: { name: 'x' },
  previous_hash: '',
  hash: 'x',
}
const read: RecordedCall = { ...done, operation: listWorkspaces }

test('a change with its one row is in order, and so is a refusal or a reading without any', () => {
  expect(auditFaults([done], [row], new Set())).toEqual([])
  expect(auditFaults([{ ...done, isDone: false }, read], [], new Set())).toEqual([])
})

test('what may do nothing has a row when it did something, and never two', () => {
  const report = { ...done, operation: LEAK_REPORT_OPERATIONS.reportKeyLeak }
  const told = { ...row, action: 'reportKeyLeak', actor_kind: 'system' as const, actor_id: null }
  expect(auditFaults([report], [], new Set())).toEqual([])
  expect(auditFaults([report], [told], new Set())).toEqual([])
  expect(auditFaults([report], [told, told], new Set())).toEqual([expect.stringContaining('2 audit rows')])
})

test.each([
  ['a change without a row', done, [], '0 audit rows, not 1'],
  ['a change with two rows', done, [row, row], '2 audit rows, not 1'],
  ['a refusal that claims success', { ...done, isDone: false }, [row], '1 audit rows, not 0'],
  ['a reading that claims a change', read, [row], '1 audit rows, not 0'],
  ['another action', done, [{ ...row, action: 'deleteWorkspace' }], 'tells of deleteWorkspace'],
  ['another surface', done, [{ ...row, surface: 'mcp' }], 'came through mcp'],
  ['a wrong kind of actor', done, [{ ...row, actor_kind: 'system' as const }], 'names a system as the actor'],
  ['another actor', done, [{ ...row, actor_id: 'other' }], 'names other as the actor'],
  ['no thing that it was about', done, [{ ...row, resource_id: '' }], 'names no resource'],
  ['a secret of ours', done, [{ ...row, after: { name: newSecretKey() } }], 'holds a credential'],
  ['a secret that was sent', done, [{ ...row, before: { url: 'x?canary-of-a-hook' } }], 'holds the secret canary-of'],
])('%s is found', (_name, call, rows, fault) => {
  const faults = auditFaults([call], rows, new Set(['canary-of-a-hook']))
  expect(faults).toEqual([expect.stringContaining(fault)])
})

test.each([
  ['writes no entry', () => {}, 'wrote no audit entry'],
  [
    'says that it did nothing where that may not be',
    (_entry: Parameters<ControlContext['audit']>[0], context: ControlContext) => context.didNothing(),
    'wrote no audit entry',
  ],
  [
    'writes two',
    (entry: Parameters<ControlContext['audit']>[0], context: ControlContext) => {
      context.audit(entry)
      context.audit(entry)
    },
    'wrote a second audit entry',
  ],
] as const)('a handler that %s fails, and nothing of it stays', async (_name, audit, message) => {
  const planted = world.controlWith({
    handlers: {
      ...HANDLERS,
      createWorkspace: (input, context) =>
        HANDLERS.createWorkspace(input, { ...context, audit: (entry) => audit(entry, context) }),
    },
  })
  const { actor } = world.ours
  const state = async () => ({
    workspaces: await world.control.invoke('listWorkspaces', actor, {}, ORIGIN),
    rows: await world.database.kysely.selectFrom('audit_log').select('id').execute(),
  })
  const before = await state()
  const work = planted.invoke('createWorkspace', actor, { name: 'unheard', slug: 'unheard' }, ORIGIN)
  await expect(work).rejects.toThrow(message)
  expect(await state()).toEqual(before)
})
