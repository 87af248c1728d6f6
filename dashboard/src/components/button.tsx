import { Link } from '@tanstack/react-router'
import { cva, type VariantProps } from 'class-variance-authority'
import type { ButtonHTMLAttributes, ReactNode } from 'react'
import { classNames } from './class-names.ts'

const looks = cva(
  'inline-flex shrink-0 items-center justify-center gap-1.5 rounded-md font-medium whitespace-nowrap transition-colors disabled:cursor-not-allowed disabled:opacity-55 [&_svg]:size-4',
  {
    variants: {
      look: {
        primary: 'bg-accent text-accent-ink enabled:hover:brightness-95',
        secondary: 'border border-line-strong bg-surface text-ink enabled:hover:bg-raised',
        ghost: 'text-muted enabled:hover:bg-raised enabled:hover:text-ink',
        danger: 'bg-danger text-danger-ink enabled:hover:brightness-95',
        link: 'text-accent-text underline-offset-2 enabled:hover:underline',
      },
      size: { normal: 'h-8 px-3 text-base', small: 'h-7 px-2 text-sm', icon: 'size-8', inline: 'h-auto' },
    },
    defaultVariants: { look: 'secondary', size: 'normal' },
  },
)
type Looks = VariantProps<typeof looks>

interface ButtonProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'type'>, Looks {
  type?: 'button' | 'submit'
  /** Under way: it can't be pressed again and says so. */
  isBusy?: boolean
}

export function Button({ type = 'button', look, size, isBusy = false, className, disabled, ...rest }: ButtonProps) {
  return (
    <button
      type={type}
      className={classNames(looks({ look, size }), className)}
      disabled={disabled === true || isBusy}
      aria-busy={isBusy}
      {...rest}
    />
  )
}

/** For what has nothing but a picture: `label` is its name. */
export function IconButton({ label, ...rest }: ButtonProps & { label: string }) {
  return <Button look="ghost" size="icon" aria-label={label} title={label} {...rest} />
}

/** Looks like a button and leads to another page. */
export function ButtonLink({
  to,
  search,
  look,
  size,
  children,
}: Looks & { to: string; search?: Record<string, unknown>; children: ReactNode }) {
  return (
    <Link to={to} search={(search ?? {}) as never} className={classNames(looks({ look, size }), 'hover:bg-raised')}>
      {children}
    </Link>
  )
}
