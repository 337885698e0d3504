import { addDays, addMonths } from './calendar.ts'
import type { IsoDate } from './calendar.ts'
import type { Attributes } from './csv.ts'
import type { Random } from './random.ts'

interface Medicine {
  readonly name: string
  /** WHO's Anatomical Therapeutic Chemical classification. */
  readonly atcCode: string
  /** Of the US Controlled Substances Act; 0 for a medicine that is not controlled. */
  readonly schedule: number
  readonly weight: number
}

const MEDICINES: readonly Medicine[] = [
  { name: 'alprazolam 0.5 mg', atcCode: 'N05BA12', schedule: 4, weight: 3 },
  { name: 'amoxicillin 500 mg', atcCode: 'J01CA04', schedule: 0, weight: 3 },
  { name: 'atorvastatin 20 mg', atcCode: 'C10AA05', schedule: 0, weight: 4 },
  { name: 'buprenorphine 8 mg', atcCode: 'N07BC01', schedule: 3, weight: 2 },
  { name: 'levothyroxine 50 mcg', atcCode: 'H03AA01', schedule: 0, weight: 3 },
  { name: 'metformin 500 mg', atcCode: 'A10BA02', schedule: 0, weight: 4 },
  { name: 'oxycodone 5 mg', atcCode: 'N02AA05', schedule: 2, weight: 1 },
  { name: 'testosterone gel', atcCode: 'G03BA03', schedule: 3, weight: 1 },
  { name: 'tramadol 50 mg', atcCode: 'N02AX02', schedule: 4, weight: 3 },
  { name: 'zolpidem 10 mg', atcCode: 'N05CF02', schedule: 4, weight: 3 },
]

/** Prescriptions are at most this old: some may not be filled any more. */
const OLDEST_DAYS = 270
const MONTHS_VALID = 6

/** Draws somebody's current prescription, or undefined for who has none. */
export function drawPrescription(
  random: Random,
  id: string,
  age: number,
  today: IsoDate,
): Attributes | undefined {
  if (!random.chance(0.1 + 0.006 * age)) return undefined
  const { name, atcCode, schedule } = random.weighted(MEDICINES)
  const issued = addDays(today, -random.integer(0, OLDEST_DAYS))
  return {
    prescriptionId: id,
    medicine: name,
    atcCode,
    schedule,
    issued,
    lastFill: addMonths(issued, MONTHS_VALID),
    // Schedule II may not be refilled at all.
    refills: schedule === 2 ? 0 : random.pick([0, 1, 2, 3, 5, 5, 5]),
  }
}
