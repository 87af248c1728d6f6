import { useState } from 'react'
import { PROJECT_OPERATIONS, type ProjectWire } from '../../../../src/contract/management/projects.ts'
import { useReach } from '../../access/session.tsx'
import { useChange } from '../../api/use-operation.ts'
import { CheckList } from '../../components/check-list.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { NameAndPurpose } from '../../components/name-and-purpose.tsx'
import { SaveForm } from '../../components/save-form.tsx'
import { toSlug } from '../../format/slug.ts'
import { personName, usePeople, useWorkspaceMembers } from '../members/people.ts'

const { createProject, listProjects, updateProject } = PROJECT_OPERATIONS

interface ProjectDialogProps {
  workspaceId: string
  /** The one that is changed; a new one without. */
  project: ProjectWire | undefined
  isOpen: boolean
  onClose: () => void
}

/** What a project is called and who leads it: leads change it and its budgets, up to what the workspace leaves. */
export function ProjectDialog({ isOpen, ...rest }: ProjectDialogProps) {
  return (
    <Dialog
      title={rest.project === undefined ? 'New project' : 'Change the project'}
      isOpen={isOpen}
      onClose={rest.onClose}
    >
      <ProjectForm {...rest} />
    </Dialog>
  )
}

function ProjectForm({ workspaceId, project, onClose }: Omit<ProjectDialogProps, 'isOpen'>) {
  const [name, setName] = useState(project?.name ?? '')
  const [description, setDescription] = useState(project?.description ?? '')
  const [leads, setLeads] = useState<readonly string[]>(project?.lead_user_ids ?? [])
  // Who leads a project is not up to its leads.
  const mayChooseLeads = useReach('project:write', workspaceId) === 'ws'
  const options = { refreshes: [listProjects], onDone: onClose }
  const create = useChange(createProject, options)
  const save = useChange(updateProject, options)
  const submit = () => {
    const said = {
      id: workspaceId,
      name: name.trim(),
      description: description.trim() === '' ? null : description.trim(),
      ...(mayChooseLeads ? { lead_user_ids: [...leads] } : {}),
    }
    if (project === undefined) create.mutate({ ...said, slug: toSlug(name) })
    else save.mutate({ ...said, slug: project.slug })
  }
  return (
    <SaveForm
      operation={project === undefined ? createProject : updateProject}
      action={project === undefined ? 'Create' : 'Save'}
      sendings={[create, save]}
      onSubmit={submit}
      onCancel={onClose}
    >
      <NameAndPurpose
        name={name}
        nameHint={slugHint(project, name)}
        description={description}
        onName={setName}
        onDescription={setDescription}
      />
      {mayChooseLeads ? <Leads workspaceId={workspaceId} chosen={leads} onChange={setLeads} /> : null}
    </SaveForm>
  )
}

function slugHint(project: ProjectWire | undefined, name: string): string {
  if (project !== undefined) return `Requests go on naming it ${project.slug}.`
  return name === '' ? 'Requests name it by its slug.' : `Requests name it ${toSlug(name)}.`
}

function Leads({
  workspaceId,
  chosen,
  onChange,
}: {
  workspaceId: string
  chosen: readonly string[]
  onChange: (userIds: readonly string[]) => void
}) {
  const people = usePeople()
  const members = useWorkspaceMembers(workspaceId)
  return (
    <CheckList
      label="Led by"
      field="lead_user_ids"
      hint="Leads change the project and its budgets, up to what the workspace leaves."
      choices={(members.data ?? []).map(({ user_id }) => ({ value: user_id, label: personName(people.data, user_id) }))}
      chosen={chosen}
      onChange={onChange}
      empty="Nobody is in this workspace."
    />
  )
}
