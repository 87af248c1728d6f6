import { z } from 'zod'
import { Page } from '../../components/page.tsx'
import { type Tab, Tabs } from '../../components/tabs.tsx'
import { useFilters } from '../../frame/use-filters.ts'
import { AlertsTab } from './alerts-tab.tsx'
import { ChannelsTab } from './channels-tab.tsx'
import { RulesTab } from './rules-tab.tsx'

const Search = z.object({ tab: z.string().optional() })

const TABS: readonly Tab[] = [
  { id: 'alerts', label: 'Alerts', content: <AlertsTab /> },
  { id: 'rules', label: 'Rules', content: <RulesTab /> },
  { id: 'channels', label: 'Channels', content: <ChannelsTab /> },
]

/** What somebody should know of, what is watched for it, and where it is told. */
export function AlertsPage() {
  const [{ tab }, change] = useFilters(Search)
  return (
    <Page title="Alerts" description="What somebody should look at, what is watched for it, and who is told.">
      <Tabs
        label="Alerts"
        tabs={TABS}
        chosen={TABS.find(({ id }) => id === tab)?.id ?? 'alerts'}
        onChoose={(id) => change({ tab: id })}
      />
    </Page>
  )
}
