import {
  type InputHTMLAttributes,
  type ReactNode,
  type SelectHTMLAttributes,
  type TextareaHTMLAttributes,
  useId,
} from 'react'
import { classNames } from './class-names.ts'
import { useFault } from './form.tsx'

interface FieldProps {
  label: string
  /** What the API calls it, with dots between names: what it says of that field is shown here. */
  field?: string | undefined
  /** What it means, below the control. */
  hint?: ReactNode
  /** What is wrong with it. */
  fault?: string | undefined
  /** For where the label would only repeat what stands there. */
  isLabelHidden?: boolean
}

interface Described {
  id: string
  'aria-describedby'?: string
  'aria-invalid'?: true
}

/** A label, a control and what is said about it. */
export function Field({
  label,
  field,
  hint,
  fault: ownFault,
  isLabelHidden = false,
  children,
}: FieldProps & { children: (described: Described) => ReactNode }) {
  const id = useId()
  const apiFault = useFault(field)
  const fault = ownFault ?? apiFault
  const note = fault ?? hint
  return (
    <div className="flex min-w-0 flex-col gap-1">
      <label htmlFor={id} className={isLabelHidden ? 'sr-only' : 'text-sm font-medium'}>
        {label}
      </label>
      {children({
        id,
        ...(note === undefined ? {} : { 'aria-describedby': `${id}-note` }),
        ...(fault === undefined ? {} : { 'aria-invalid': true as const }),
      })}
      {note === undefined ? null : (
        <p id={`${id}-note`} className={classNames('text-sm', fault === undefined ? 'text-muted' : 'text-danger')}>
          {note}
        </p>
      )}
    </div>
  )
}

type TextFieldProps = FieldProps &
  Omit<InputHTMLAttributes<HTMLInputElement>, 'id'> & { isMono?: boolean; unit?: string }

export function TextField({
  label,
  field,
  hint,
  fault,
  isLabelHidden,
  isMono,
  unit,
  className,
  ...rest
}: TextFieldProps) {
  return (
    <Field label={label} field={field} hint={hint} fault={fault} isLabelHidden={isLabelHidden ?? false}>
      {(described) => (
        <span className="relative block">
          {unit === undefined ? null : (
            <span aria-hidden className="absolute top-1.5 left-2.5 text-base text-muted">
              {unit}
            </span>
          )}
          <input
            {...described}
            {...rest}
            className={classNames(
              'control',
              isMono === true && 'font-mono text-sm',
              unit !== undefined && 'pl-6',
              className,
            )}
          />
        </span>
      )}
    </Field>
  )
}

export function TextArea({
  label,
  field,
  hint,
  fault,
  isLabelHidden,
  className,
  ...rest
}: FieldProps & Omit<TextareaHTMLAttributes<HTMLTextAreaElement>, 'id'>) {
  return (
    <Field label={label} field={field} hint={hint} fault={fault} isLabelHidden={isLabelHidden ?? false}>
      {(described) => (
        <textarea rows={4} {...described} {...rest} className={classNames('control h-auto py-1.5', className)} />
      )}
    </Field>
  )
}

export interface Choice {
  value: string
  label: string
}

export function SelectField({
  label,
  field,
  hint,
  fault,
  isLabelHidden,
  choices,
  className,
  ...rest
}: FieldProps & Omit<SelectHTMLAttributes<HTMLSelectElement>, 'id'> & { choices: readonly Choice[] }) {
  return (
    <Field label={label} field={field} hint={hint} fault={fault} isLabelHidden={isLabelHidden ?? false}>
      {(described) => (
        <select {...described} {...rest} className={classNames('control pr-1', className)}>
          {choices.map((choice) => (
            <option key={choice.value} value={choice.value}>
              {choice.label}
            </option>
          ))}
        </select>
      )}
    </Field>
  )
}

/** A yes or no, with what it means beside it. */
export function CheckField({
  label,
  hint,
  ...rest
}: { label: string; hint?: ReactNode } & Omit<InputHTMLAttributes<HTMLInputElement>, 'id' | 'type'>) {
  const id = useId()
  return (
    <div className="flex gap-2">
      <input
        id={id}
        type="checkbox"
        className="mt-0.5 size-4 shrink-0 accent-accent"
        {...(hint === undefined ? {} : { 'aria-describedby': `${id}-note` })}
        {...rest}
      />
      <div className="min-w-0">
        <label htmlFor={id} className="font-medium">
          {label}
        </label>
        {hint === undefined ? null : (
          <p id={`${id}-note`} className="text-sm text-muted">
            {hint}
          </p>
        )}
      </div>
    </div>
  )
}
