import { Radar } from 'lucide-react'
import { ALERT_OPERATIONS, type AlertRuleWire } from '../../../../src/contract/management/alerts.ts'
import { useChange, useOperation } from '../../api/use-operation.ts'
import { StatusDot } from '../../components/badge.tsx'
import type { Column } from '../../components/data-table.tsx'
import { toast } from '../../components/toast.tsx'
import { AlertList, AlertName } from './alert-list.tsx'
import { conditionDetails, KIND_WORDS } from './alert-words.ts'
import { RuleDialog } from './rule-dialog.tsx'
import { isMine } from './use-alert-rights.ts'

const { createAlertRule, listAlertRules, updateAlertRule, deleteAlertRule, testAlertRule } = ALERT_OPERATIONS

/** What is watched. */
export function RulesTab() {
  const rules = useOperation(listAlertRules, { limit: 100 })
  const toggle = useChange(updateAlertRule, { refreshes: [listAlertRules] })
  const test = useChange(testAlertRule, {
    refreshes: [],
    onDone: ({ data }) => toast(`A test goes to ${data.mails} by mail and to ${data.channels} channels.`),
  })
  return (
    <AlertList
      noun="rule"
      query={rules}
      operations={{
        create: createAlertRule,
        list: listAlertRules,
        remove: deleteAlertRule,
        test: testAlertRule,
        update: updateAlertRule,
      }}
      toggle={toggle}
      test={test}
      columns={COLUMNS}
      placeFrom="md"
      empty={{
        icon: Radar,
        title: 'Nothing is watched',
        text: 'A rule says what is watched, from where on it tells, and whom.',
      }}
      form={({ edited, ...opened }) => <RuleDialog rule={edited} {...opened} />}
      loss={(name) => `${name} tells nobody any more. What it has told stays.`}
    />
  )
}

const COLUMNS: readonly Column<AlertRuleWire>[] = [
  {
    id: 'name',
    header: 'Rule',
    cell: (rule) => (
      <AlertName name={rule.name} isOwn={isMine(rule)}>
        <span className="text-sm text-muted">
          {[KIND_WORDS[rule.condition.kind], conditionDetails(rule.condition)]
            .filter((words) => words !== '')
            .join(' · ')}
        </span>
      </AlertName>
    ),
  },
  {
    id: 'state',
    header: 'State',
    cell: ({ enabled }) => <StatusDot tone={enabled ? 'good' : 'plain'} label={enabled ? 'On' : 'Off'} />,
  },
]
