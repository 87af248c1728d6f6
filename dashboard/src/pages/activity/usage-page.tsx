import { SelectField } from '../../components/field.tsx'
import { Page } from '../../components/page.tsx'
import { useWorkspaces } from '../../frame/workspaces.tsx'
import { ActivityControls } from './activity-controls.tsx'
import { ActivityView } from './activity-view.tsx'
import { useActivityQuestion } from './use-activity-question.ts'

const DIMENSIONS = ['workspace', 'model', 'provider', 'api_key_id', 'user', 'project', 'app'] as const

/** The same over all workspaces that the person sees, or one of them. */
export function UsagePage() {
  const workspaces = useWorkspaces()
  const asked = useActivityQuestion({ dimensions: DIMENSIONS })
  const choices = [
    { value: '', label: 'All workspaces' },
    ...workspaces.map(({ id, name }) => ({ value: id, label: name })),
  ]
  return (
    <Page
      title="Usage"
      description="What all your workspaces use together, and what it costs. Times are UTC."
      action={
        <>
          <div className="w-44">
            <SelectField
              label="Workspace"
              isLabelHidden
              value={asked.workspaceId ?? ''}
              onChange={(event) => asked.change({ workspace: event.target.value })}
              choices={choices}
            />
          </div>
          <ActivityControls asked={asked} dimensions={DIMENSIONS} />
        </>
      }
    >
      <ActivityView asked={asked} />
    </Page>
  )
}
