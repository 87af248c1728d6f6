import { Plus } from 'lucide-react'
import { useState } from 'react'
import { PROJECT_OPERATIONS, type ProjectWire } from '../../../../src/contract/management/projects.ts'
import { useReach, useSession } from '../../access/session.tsx'
import { useOperation } from '../../api/use-operation.ts'
import { Button } from '../../components/button.tsx'
import { DeleteDialog } from '../../components/delete-dialog.tsx'
import { LimitBar } from '../../components/limit-bar.tsx'
import { Loaded } from '../../components/loaded.tsx'
import { MenuItem, MenuRule } from '../../components/menu.tsx'
import { Section } from '../../components/page.tsx'
import { RowMenu } from '../../components/row-menu.tsx'
import { useOpened } from '../../components/use-opened.ts'
import { personName, usePeople } from '../members/people.ts'
import { BudgetDialog, INTERVALS, type Interval } from './budget-dialog.tsx'
import { ForecastLine } from './forecast-line.tsx'
import { ProjectDialog } from './project-dialog.tsx'

/** Projects, by whose slug requests are tagged, and what each may spend. */
export function ProjectList({ workspaceId }: { workspaceId: string }) {
  const projects = useOperation(PROJECT_OPERATIONS.listProjects, { id: workspaceId, limit: 100 })
  const mayCreate = useReach('project:write', workspaceId) === 'ws'
  const opened = useOpened<ProjectWire>()
  const { deleted } = opened
  return (
    <Section
      title="Projects"
      description="Requests that name a project with the header X-Switchyard-Project count on its budgets, too."
      action={
        mayCreate ? (
          <Button data-operation={PROJECT_OPERATIONS.createProject.id} onClick={opened.add}>
            <Plus aria-hidden />
            New project
          </Button>
        ) : undefined
      }
    >
      <Loaded query={projects} what="the projects" rows={2}>
        {({ data }) =>
          data.length === 0 ? (
            <p className="border-y border-line py-8 text-center text-muted">This workspace has no project.</p>
          ) : (
            <ul className="divide-y divide-line border-y border-line">
              {data.map((project) => (
                <Project key={project.id} project={project} onEdit={opened.edit} onDelete={opened.remove} />
              ))}
            </ul>
          )
        }
      </Loaded>
      <ProjectDialog workspaceId={workspaceId} project={opened.edited} isOpen={opened.isForm} onClose={opened.close} />
      <DeleteDialog
        action="Delete the project"
        typed={deleted?.slug}
        operation={PROJECT_OPERATIONS.deleteProject}
        input={deleted && { id: workspaceId, slug: deleted.slug }}
        refreshes={[PROJECT_OPERATIONS.listProjects]}
        onClose={opened.close}
      >
        <p>Its budgets are gone, and requests that name it are no longer tagged. What it spent stays on record.</p>
      </DeleteDialog>
    </Section>
  )
}

interface ProjectProps {
  project: ProjectWire
  onEdit: (project: ProjectWire) => void
  onDelete: (project: ProjectWire) => void
}

function Project({ project, onEdit, onDelete }: ProjectProps) {
  const { workspace_id, slug, name, description, lead_user_ids } = project
  const budgets = useOperation(PROJECT_OPERATIONS.listProjectBudgets, { id: workspace_id, slug })
  const reach = useReach('budget:write', workspace_id)
  const { user } = useSession()
  const people = usePeople()
  const mayEdit = reach === 'ws' || (reach === 'own' && user !== null && lead_user_ids.includes(user.id))
  const [edited, setEdited] = useState<Interval>()
  const limits = budgets.data?.data ?? []
  return (
    <li className="grid items-center gap-x-6 gap-y-2 py-3 sm:grid-cols-[12rem_1fr_auto]">
      <div className="min-w-0">
        <p className="truncate font-medium">{name}</p>
        <p className="truncate font-mono text-sm text-muted">{slug}</p>
        {description === null ? null : <p className="text-sm break-words text-muted">{description}</p>}
        {lead_user_ids.length === 0 ? null : (
          <p className="text-sm break-words text-muted">
            Led by {lead_user_ids.map((id) => personName(people.data, id)).join(', ')}
          </p>
        )}
      </div>
      <div className="flex flex-col gap-2">
        {limits.length === 0 ? <p className="text-muted">No limit</p> : null}
        {limits.map(({ id, limit_usd, spent_usd, reset_interval }) => (
          <div key={id} className="min-w-0">
            <LimitBar label={`${name}, ${reset_interval ?? 'lifetime'}`} spent={spent_usd} limit={limit_usd} />
            <ForecastLine workspaceId={workspace_id} budgetId={id} />
          </div>
        ))}
      </div>
      {mayEdit ? (
        <div className="justify-self-end">
          <ProjectMenu project={project} onBudget={setEdited} onEdit={onEdit} onDelete={onDelete} />
        </div>
      ) : null}
      <BudgetDialog
        title={`${edited === undefined ? '' : TITLES[edited]} of ${name}`}
        interval={edited}
        current={limits.find(({ reset_interval }) => (reset_interval ?? 'lifetime') === edited)?.limit_usd}
        target={{ workspaceId: workspace_id, projectSlug: slug }}
        onClose={() => setEdited(undefined)}
      />
    </li>
  )
}

const TITLES: Readonly<Record<Interval, string>> = {
  daily: 'Daily budget',
  weekly: 'Weekly budget',
  monthly: 'Monthly budget',
  lifetime: 'Lifetime budget',
}

/** Leads, too, who change what they lead; deleting it is up to those who may change every project. */
function ProjectMenu({
  project,
  onBudget,
  onEdit,
  onDelete,
}: ProjectProps & { onBudget: (interval: Interval) => void }) {
  const mayDelete = useReach('project:write', project.workspace_id) === 'ws'
  return (
    <RowMenu name={project.name}>
      {INTERVALS.map((interval) => (
        <MenuItem key={interval} operation={PROJECT_OPERATIONS.upsertProjectBudget} onSelect={() => onBudget(interval)}>
          {TITLES[interval]}
        </MenuItem>
      ))}
      <MenuRule />
      <MenuItem operation={PROJECT_OPERATIONS.updateProject} onSelect={() => onEdit(project)}>
        Change
      </MenuItem>
      {mayDelete ? (
        <MenuItem operation={PROJECT_OPERATIONS.deleteProject} isDanger onSelect={() => onDelete(project)}>
          Delete
        </MenuItem>
      ) : null}
    </RowMenu>
  )
}
