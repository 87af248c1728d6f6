import { formatUsd } from '../../src/domain/money.ts'

/** One number that was measured. One without a bound only tells how much was done. */
export interface Figure {
  name: string
  /** Nano-dollars where it is a bigint. */
  value: number | bigint
  unit?: 'ms'
  atMost?: number | bigint
  atLeast?: number | bigint
}

/** What a proof has to say for itself. */
export interface Claim {
  name: string
  /** The guarantee, in a sentence. */
  guarantee: string
  /** What was done, with its sizes. */
  done: string
  figures: readonly Figure[]
  /** What was seen that must not be, a line each. */
  faults: readonly string[]
}

export interface Finding extends Claim {
  /** Repeats it. */
  command: string
  seconds: number
}

const FAULTS_SHOWN = 10
const NAME_WIDTH = 42

/** A figure that isn't a number holds nothing. */
function holds({ atLeast, atMost, value }: Figure): boolean {
  if (typeof value === 'number' && !Number.isFinite(value)) return false
  return (atMost === undefined || value <= atMost) && (atLeast === undefined || value >= atLeast)
}

/** Every figure holds, at least one of them could have failed, and nothing else was wrong. */
export function isProven({ faults, figures }: Claim): boolean {
  const isBound = figures.some(({ atLeast, atMost }) => atLeast !== undefined || atMost !== undefined)
  return isBound && faults.length === 0 && figures.every(holds)
}

/** 1 where a claim is not proven, or where nothing was claimed. */
export function exitCodeOf(claims: readonly Claim[]): 0 | 1 {
  return claims.length > 0 && claims.every(isProven) ? 0 : 1
}

export function describePage(findings: readonly Finding[], machine: string): string {
  const count = findings.filter(isProven).length
  const verdict = exitCodeOf(findings) === 0 ? 'all proven' : 'NOT ALL PROVEN'
  const seconds = findings.reduce((sum, finding) => sum + finding.seconds, 0)
  const last = `${count} of ${findings.length} claims proven in ${seconds} seconds on ${machine}: ${verdict}`
  return [...findings.map(describeFinding), last, ''].join('\n')
}

function describeFinding(finding: Finding): string {
  const { command, done, faults, figures, guarantee, name, seconds } = finding
  const more = faults.length > FAULTS_SHOWN ? [`  and ${faults.length - FAULTS_SHOWN} more`] : []
  return [
    `${name}: ${isProven(finding) ? 'proven' : 'NOT PROVEN'} (${seconds} seconds)`,
    `  ${guarantee}`,
    `  ${done}`,
    `  $ ${command}`,
    ...figures.map(describeFigure),
    ...faults.slice(0, FAULTS_SHOWN).map((fault) => `  ! ${fault}`),
    ...more,
    '',
  ].join('\n')
}

function describeFigure(figure: Figure): string {
  const { atLeast, atMost, name, unit, value } = figure
  const tell = (amount: number | bigint) => {
    if (typeof amount === 'bigint') return formatUsd(amount)
    return `${Math.round(amount).toLocaleString('en')}${unit === undefined ? '' : ` ${unit}`}`
  }
  const bounds = atLeast !== undefined && atLeast === atMost ? [`must be ${tell(atLeast)}`] : boundsOf()
  function boundsOf(): string[] {
    return [
      ...(atLeast === undefined ? [] : [`at least ${tell(atLeast)}`]),
      ...(atMost === undefined ? [] : [`at most ${tell(atMost)}`]),
    ]
  }
  const bound = bounds.length === 0 ? '' : `  (${bounds.join(', ')})`
  return `${holds(figure) ? '   ' : '  !'} ${name.padEnd(NAME_WIDTH)}${tell(value)}${bound}`
}

/** A figure that must have exactly this value. */
export function exactly(name: string, value: number | bigint, wanted: number | bigint): Figure {
  return { name, value, atLeast: wanted, atMost: wanted }
}
