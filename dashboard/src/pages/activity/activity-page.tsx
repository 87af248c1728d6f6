import { useReach } from '../../access/session.tsx'
import { Page } from '../../components/page.tsx'
import { useWorkspace } from '../../frame/workspaces.tsx'
import { ActivityControls } from './activity-controls.tsx'
import { ActivityView } from './activity-view.tsx'
import { useActivityQuestion } from './use-activity-question.ts'

const DIMENSIONS = ['model', 'provider', 'api_key_id', 'user', 'project', 'app'] as const

/** What was used in a workspace, told apart by whatever one asks for. */
export function ActivityPage() {
  const workspace = useWorkspace()
  const reach = useReach('analytics:read', workspace.id)
  const asked = useActivityQuestion({ dimensions: DIMENSIONS, workspaceId: workspace.id })
  return (
    <Page
      title="Activity"
      description={
        reach === 'own'
          ? 'What you use in this workspace. Times are UTC.'
          : 'What is used in this workspace, by whom, and what it costs. Times are UTC.'
      }
      action={<ActivityControls asked={asked} dimensions={DIMENSIONS} />}
    >
      <ActivityView asked={asked} />
    </Page>
  )
}
