import type { Attributes } from '../../../examples/population/csv.ts'
import { TODAY } from '../../../examples/population/generate.ts'
import type { EdgeCase, Row } from './case.ts'
import { PERSON, cases, change } from './case.ts'

/** Rules over the civil registry's credential. */
export const PERSON_CASES: readonly EdgeCase[] = [
  ...ages('over-18@1', [
    ['turns 18 today', '2008-11-22', 'admits'],
    ['turns 18 tomorrow', '2008-11-23', 'refuses'],
    ['turned 18 yesterday', '2008-11-21', 'admits'],
    ['born on 29 February, 28 February of the year', '2008-02-29', 'refuses', '2026-02-28'],
    ['born on 29 February, 1 March of the year', '2008-02-29', 'admits', '2026-03-01'],
    ['born on 29 February, in a leap year', '2010-02-28', 'admits', '2028-02-29'],
    ['born today', TODAY, 'refuses'],
  ]),
  ...ages('teen-rides@1', [
    ['turns 13 today', '2013-11-22', 'admits'],
    ['turns 13 tomorrow', '2013-11-23', 'refuses'],
    ['turns 18 today', '2008-11-22', 'refuses'],
    ['turns 18 tomorrow', '2008-11-23', 'admits'],
    ['born on 29 February, still 17 on 28 February', '2008-02-29', 'admits', '2026-02-28'],
    ['born on 29 February, 18 on 1 March', '2008-02-29', 'refuses', '2026-03-01'],
  ]),
  ...ages('livestream-16@1', [
    ['turns 16 today', '2010-11-22', 'admits'],
    ['turns 16 tomorrow', '2010-11-23', 'refuses'],
  ]),
  ...ages('title-review@1', [
    ['turns 13 today', '2013-11-22', 'admits'],
    ['turns 13 tomorrow', '2013-11-23', 'refuses'],
  ]),
  ...people('railcard-16-25@1', [
    ['turns 16 today', { birthDate: '2010-11-22' }, 'admits'],
    ['turns 16 tomorrow', { birthDate: '2010-11-23' }, 'refuses'],
    ['turns 16 tomorrow and studies', { birthDate: '2010-11-23', student: true }, 'refuses'],
    ['turns 26 tomorrow', { birthDate: '2000-11-23' }, 'admits'],
    ['turns 26 today', { birthDate: '2000-11-22' }, 'refuses'],
    ['turns 26 today and studies', { birthDate: '2000-11-22', student: true }, 'admits'],
    ['born on 29 February, 25 on 28 February', { birthDate: '2000-02-29' }, 'admits', '2026-02-28'],
    ['born on 29 February, 26 on 1 March', { birthDate: '2000-02-29' }, 'refuses', '2026-03-01'],
  ]),
  ...people('transit-reduced-fare@1', [
    ['turns 65 today', { birthDate: '1961-11-22' }, 'admits'],
    ['turns 65 tomorrow', { birthDate: '1961-11-23' }, 'refuses'],
    ['degree 50', { disability: 50 }, 'admits'],
    ['degree 49', { disability: 49 }, 'refuses'],
  ]),
  ...people('smartpass-60@1', [
    ['turns 60 today in Belfast', { birthDate: '1966-11-22', postalCode: 'BT7 1NN' }, 'admits'],
    ['turns 60 tomorrow', { birthDate: '1966-11-23', postalCode: 'BT7 1NN' }, 'refuses'],
    ['the other area on B', { birthDate: '1950-01-01', postalCode: 'BS5 1NN' }, 'refuses'],
    ['one letter only', { birthDate: '1950-01-01', postalCode: 'B' }, 'refuses'],
    ['the prefix itself', { birthDate: '1950-01-01', postalCode: 'BT' }, 'admits'],
    [
      'another country',
      { birthDate: '1950-01-01', postalCode: 'BT7 1NN', country: 'IE' },
      'refuses',
    ],
  ]),
  ...people('museum-under-26@1', [
    ['turns 18 tomorrow, from overseas', { birthDate: '2008-11-23', country: 'US' }, 'admits'],
    ['turns 18 today, from overseas', { birthDate: '2008-11-22', country: 'US' }, 'refuses'],
    ['turns 26 tomorrow, first of the list', { birthDate: '2000-11-23', country: 'AT' }, 'admits'],
    ['turns 26 tomorrow, last of the list', { birthDate: '2000-11-23', country: 'SK' }, 'admits'],
    ['turns 26 today', { birthDate: '2000-11-22', country: 'FR' }, 'refuses'],
    ['20, no longer a member', { birthDate: '2006-01-01', country: 'GB' }, 'refuses'],
  ]),
  ...people('library-card@1', [
    ['the state', { region: 'US-NY' }, 'admits'],
    ['the state next to it', { region: 'US-NJ' }, 'refuses'],
  ]),
  ...people('federal-juror@1', [
    ['all of it', juror({}), 'admits'],
    ['turns 18 today', juror({ birthDate: '2008-11-22' }), 'admits'],
    ['turns 18 tomorrow', juror({ birthDate: '2008-11-23' }), 'refuses'],
    ['there for 365 days', juror({ residentSince: '2025-11-22' }), 'admits'],
    ['there for 364 days', juror({ residentSince: '2025-11-23' }), 'refuses'],
    ['not a citizen', juror({ nationality: 'CA' }), 'refuses'],
    ['another district', juror({ region: 'US-PA' }), 'refuses'],
  ]),
]

function people(policy: string, rows: readonly Row<Attributes>[]): EdgeCase[] {
  return cases(
    policy,
    rows.map(([name, given, ...rest]) => [name, { person: change(PERSON, given) }, ...rest]),
  )
}

function ages(policy: string, rows: readonly Row<string>[]): EdgeCase[] {
  return people(
    policy,
    rows.map(([name, birthDate, ...rest]) => [name, { birthDate }, ...rest]),
  )
}

function juror(changes: Attributes): Attributes {
  return { country: 'US', region: 'US-NJ', nationality: 'US', ...changes }
}
