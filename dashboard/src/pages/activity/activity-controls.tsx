import { Printer } from 'lucide-react'
import { RANGES } from '../../analytics/ranges.ts'
import { IconButton } from '../../components/button.tsx'
import { SelectField } from '../../components/field.tsx'
import { DIMENSION_WORDS, type ShownDimension } from './dimensions.ts'
import type { ActivityQuestion } from './use-activity-question.ts'

/** Period and what figures are told apart by. */
export function ActivityControls({
  asked: { by, rangeId, change },
  dimensions,
}: {
  asked: ActivityQuestion
  dimensions: readonly ShownDimension[]
}) {
  return (
    <>
      <div className="w-36">
        <SelectField
          label="Told apart by"
          isLabelHidden
          value={by}
          onChange={(event) => change({ by: event.target.value })}
          choices={dimensions.map((value) => ({ value, label: `By ${DIMENSION_WORDS[value].one.toLowerCase()}` }))}
        />
      </div>
      <div className="w-36">
        <SelectField
          label="Period"
          isLabelHidden
          value={rangeId}
          onChange={(event) => change({ range: event.target.value })}
          choices={Object.entries(RANGES).map(([value, { label }]) => ({ value, label }))}
        />
      </div>
      <IconButton look="secondary" label="Print or save as PDF" onClick={() => print()}>
        <Printer />
      </IconButton>
    </>
  )
}
