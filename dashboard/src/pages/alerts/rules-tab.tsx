import { Plus, Radar } from 'lucide-react'
import { ALERT_OPERATIONS, type AlertRuleWire } from '../../../../src/contract/management/alerts.ts'
import { useChange, useOperation } from '../../api/use-operation.ts'
import { Badge, StatusDot } from '../../components/badge.tsx'
import { Button } from '../../components/button.tsx'
import { DataList } from '../../components/data-list.tsx'
import type { Column } from '../../components/data-table.tsx'
import { DeleteDialog } from '../../components/delete-dialog.tsx'
import { EmptyState, FailureNote } from '../../components/states.tsx'
import { toast } from '../../components/toast.tsx'
import { useOpened } from '../../components/use-opened.ts'
import { usePlaceName, usePlaces } from '../../frame/use-places.ts'
import { AlertMenu } from './alert-menu.tsx'
import { conditionDetails, KIND_WORDS } from './alert-words.ts'
import { RuleDialog } from './rule-dialog.tsx'
import { isMine, useAlertRights } from './use-alert-rights.ts'

const { createAlertRule, listAlertRules, updateAlertRule, deleteAlertRule, testAlertRule } = ALERT_OPERATIONS

/** What is watched. */
export function RulesTab() {
  const opened = useOpened<AlertRuleWire>()
  const places = usePlaces('alert:write')
  const { mayChange } = useAlertRights()
  const placeName = usePlaceName()
  const rules = useOperation(listAlertRules, { limit: 100 })
  const toggle = useChange(updateAlertRule, { refreshes: [listAlertRules] })
  const test = useChange(testAlertRule, {
    refreshes: [],
    onDone: ({ data }) => toast(`A test goes to ${data.mails} by mail and to ${data.channels} channels.`),
  })
  const add =
    places.length === 0 ? undefined : (
      <Button data-operation={createAlertRule.id} onClick={opened.add}>
        <Plus aria-hidden />
        Add a rule
      </Button>
    )
  const { deleted } = opened
  return (
    <>
      <FailureNote error={toggle.error ?? test.error} />
      <DataList
        query={rules}
        what="the rules"
        caption="Rules"
        action={add}
        columns={columns(placeName, mayChange, {
          edit: opened.edit,
          toggle: ({ id, enabled }) => toggle.mutate({ id, enabled: !enabled }),
          test: ({ id }) => test.mutate({ id }),
          remove: opened.remove,
        })}
        keyOf={({ id }) => id}
        empty={
          <EmptyState icon={Radar} title="Nothing is watched" action={add}>
            A rule says what is watched, from where on it tells, and whom.
          </EmptyState>
        }
      />
      <RuleDialog isOpen={opened.isForm} rule={opened.edited} places={places} onClose={opened.close} />
      <DeleteDialog
        action="Delete the rule"
        operation={deleteAlertRule}
        input={deleted && { id: deleted.id }}
        refreshes={[listAlertRules]}
        onClose={opened.close}
      >
        <p>{deleted?.name} tells nobody any more. What it has told stays.</p>
      </DeleteDialog>
    </>
  )
}

function columns(
  placeName: (workspaceId: string | null) => string,
  mayChange: (rule: AlertRuleWire) => boolean,
  actions: Record<'edit' | 'toggle' | 'test' | 'remove', (rule: AlertRuleWire) => void>,
): readonly Column<AlertRuleWire>[] {
  return [
    {
      id: 'name',
      header: 'Rule',
      cell: (rule) => (
        <span className="flex max-w-md min-w-40 flex-col">
          <span className="font-medium break-words">
            {rule.name} {isMine(rule) ? <Badge>Somebody's own</Badge> : null}
          </span>
          <span className="text-sm text-muted">
            {[KIND_WORDS[rule.condition.kind], conditionDetails(rule.condition)]
              .filter((words) => words !== '')
              .join(' · ')}
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
        mayChange(rule) ? (
          <AlertMenu
            name={rule.name}
            isOn={rule.enabled}
            operations={{ update: updateAlertRule, test: testAlertRule, remove: deleteAlertRule }}
            onEdit={() => actions.edit(rule)}
            onTest={() => actions.test(rule)}
            onToggle={() => actions.toggle(rule)}
            onDelete={() => actions.remove(rule)}
          />
        ) : null,
    },
  ]
}
