import { TextField } from './field.tsx'

interface NameAndPurposeProps {
  name: string
  nameHint?: string
  description: string
  onName: (name: string) => void
  onDescription: (description: string) => void
}

/** What something is called, and what it is for. */
export function NameAndPurpose({ name, nameHint, description, onName, onDescription }: NameAndPurposeProps) {
  return (
    <>
      <TextField
        label="Name"
        field="name"
        hint={nameHint}
        required
        maxLength={100}
        value={name}
        onChange={(event) => onName(event.target.value)}
      />
      <TextField
        label="What it is for"
        field="description"
        maxLength={500}
        value={description}
        onChange={(event) => onDescription(event.target.value)}
      />
    </>
  )
}
