import { Plus, Radar } from 'lucide-react'
import { useState } from 'react'
import { ALERT_OPERATIONS, type AlertRuleWire } from '../../../../src/contract/management/alerts.ts'
import { useChange, useOperation } from '../../api/use-operation.ts'
import { StatusDot } from '../../components/badge.tsx'
import { Button } from '../../components/button.tsx'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { type Column, DataTable } from '../../components/data-table.tsx'
import { Loaded } from '../../components/loaded.tsx'
import { EmptyState, FailureNote } from '../../components/states.tsx'
import { toast } from '../../components/toast.tsx'
import { usePlaceName, usePlaces } from '../../frame/use-places.ts'
import { conditionDetails, KIND_WORDS } from './alert-words.ts'
import { RuleDialog } from './rule-dialog.tsx'

const { listAlertRules, updateAlertRule, deleteAlertRule, testAlertRule } = ALERT_OPERATIONS
type Rule = Pick<AlertRuleWire, 'id' | 'name' | 'enabled' | 'workspace_id'> & { kind: string; details: string }

/** What is watched. */
export function RulesTab() {
  const [isAdding, setAdding] = useState(false)
  const [deleted, setDeleted] = useState<Rule>()
  const places = usePlaces('alert:write')
  const placeName = usePlaceName()
  const rules = useOperation(listAlertRules, { limit: 100 })
  const toggle = useChange(updateAlertRule, { refreshes: [listAlertRules] })
  const test = useChange(testAlertRule, {
    refreshes: [],
    onDone: ({ data }) => toast(`A test goes to ${data.mails} by mail and to ${data.channels} channels.`),
  })
  const remove = useChange(deleteAlertRule, { refreshes: [listAlertRules], onDone: () => setDeleted(undefined) })
  const mayWrite = (rule: Rule) => places.some(({ value }) => value === (rule.workspace_id ?? ''))
  const add =
    places.length === 0 ? undefined : (
      <Button data-operation={ALERT_OPERATIONS.createAlertRule.id} onClick={() => setAdding(true)}>
        <Plus aria-hidden />
        Add a rule
      </Button>
    )
  return (
    <div className="flex flex-col items-start gap-4">
      {rules.data !== undefined && rules.data.data.length > 0 ? add : null}
      <FailureNote error={toggle.error ?? test.error} />
      <div className="w-full">
        <Loaded query={rules} what="the rules">
          {({ data }) =>
            data.length === 0 ? (
              <EmptyState icon={Radar} title="Nothing is watched" action={add}>
                A rule says what is watched, from where on it tells, and whom.
              </EmptyState>
            ) : (
              <DataTable
                caption="Rules"
                columns={columns(placeName, mayWrite, {
                  toggle: ({ id, enabled }) => toggle.mutate({ id, enabled: !enabled }),
                  test: ({ id }) => test.mutate({ id }),
                  remove: setDeleted,
                })}
                rows={data.map(({ condition, ...rule }) => ({
                  ...rule,
                  kind: KIND_WORDS[condition.kind],
                  details: conditionDetails(condition),
                }))}
                keyOf={({ id }) => id}
              />
            )
          }
        </Loaded>
      </div>
      <RuleDialog isOpen={isAdding} places={places} onClose={() => setAdding(false)} />
      <ConfirmDialog
        operation={deleteAlertRule}
        title="Delete the rule"
        action="Delete the rule"
        isOpen={deleted !== undefined}
        isBusy={remove.isPending}
        error={remove.error}
        onConfirm={() => {
          if (deleted !== undefined) remove.mutate({ id: deleted.id })
        }}
        onClose={() => setDeleted(undefined)}
      >
        <p>{deleted?.name} tells nobody any more. What it has told stays.</p>
      </ConfirmDialog>
    </div>
  )
}

function columns(
  placeName: (workspaceId: string | null) => string,
  mayWrite: (rule: Rule) => boolean,
  actions: Record<'toggle' | 'test' | 'remove', (rule: Rule) => void>,
): readonly Column<Rule>[] {
  return [
    {
      id: 'name',
      header: 'Rule',
      cell: ({ name, kind, details }) => (
        <span className="flex max-w-md min-w-40 flex-col">
          <span className="font-medium break-words">{name}</span>
          <span className="text-sm text-muted">
            {kind}
            {details === '' ? '' : ` · ${details}`}
          </span>
        </span>
      ),
    },
    {
      id: 'state',
      header: 'State',
      cell: ({ enabled }) => <StatusDot tone={enabled ? 'good' : 'plain'} label={enabled ? 'On' : 'Off'} />,
    },
    { id: 'where', header: 'Where', from: 'md', cell: ({ workspace_id }) => placeName(workspace_id) },
    {
      id: 'actions',
      header: 'Actions',
      isHeaderHidden: true,
      align: 'right',
      cell: (rule) =>
        mayWrite(rule) ? (
          <span className="flex flex-wrap justify-end gap-2">
            <Button data-operation={testAlertRule.id} size="small" onClick={() => actions.test(rule)}>
              Test
            </Button>
            <Button data-operation={updateAlertRule.id} size="small" onClick={() => actions.toggle(rule)}>
              {rule.enabled ? 'Turn off' : 'Turn on'}
            </Button>
            <Button
              data-operation={deleteAlertRule.id}
              size="small"
              className="text-danger"
              onClick={() => actions.remove(rule)}
            >
              Delete
            </Button>
          </span>
        ) : null,
    },
  ]
}
