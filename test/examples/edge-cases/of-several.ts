import type { Credentials } from '../../../examples/policies/oracle.ts'
import type { Attributes } from '../../../examples/population/csv.ts'
import { TODAY } from '../../../examples/population/generate.ts'
import type { EdgeCase, Row } from './case.ts'
import { GUARDIAN, INCOME, PERSON, PRESCRIPTION, cases, change } from './case.ts'

/** Dollars a month for 1 to 10 people, as the Texas handbook prints them. */
const SNAP_LIMITS = [1696, 2292, 2888, 3483, 4079, 4675, 5271, 5867, 6463, 7059]

/** Rules over other credentials, or over several. */
export const OTHER_CASES: readonly EdgeCase[] = [
  ...cases('winter-fuel-2025@1', [
    ['born on the last day', pensioner({}, {}), 'admits'],
    ['born a day later', pensioner({ birthDate: '1959-09-22' }, {}), 'refuses'],
    ['exactly the limit', pensioner({}, { annual: 3_500_000 }), 'admits'],
    ['a penny more', pensioner({}, { annual: 3_500_001 }), 'refuses'],
    [
      'a penny more, with Pension Credit',
      pensioner({}, { annual: 3_500_001, pensionCredit: true }),
      'admits',
    ],
    [
      'a penny more, with Universal Credit',
      pensioner({}, { annual: 3_500_001, universalCredit: true }),
      'admits',
    ],
    ['Wales', pensioner({ region: 'GB-WLS' }, {}), 'admits'],
    ['Scotland', pensioner({ region: 'GB-SCT' }, {}), 'refuses'],
    ['the income of somebody else', pensioner({}, { personId: 'P000002' }), 'refuses'],
    ['last year’s income', pensioner({}, { taxYear: 2024 }), 'refuses'],
    ['another currency', pensioner({}, { currency: 'EUR' }), 'refuses'],
  ]),
  ...cases('snap-gross-2026@1', [
    ...SNAP_LIMITS.flatMap((limit, i): Row<Credentials>[] => [
      [`${String(i + 1)} people, exactly the limit`, household(i + 1, 100 * limit), 'admits'],
      [`${String(i + 1)} people, a cent more`, household(i + 1, 100 * limit + 1), 'refuses'],
    ]),
    ['no income', household(1, 0), 'admits'],
    ['Guam', household(1, 0, { region: 'US-GU' }), 'admits'],
    ['Alaska, which has its own table', household(1, 0, { region: 'US-AK' }), 'refuses'],
    ['Hawaii, which has its own table', household(1, 0, { region: 'US-HI' }), 'refuses'],
    ['Puerto Rico, which has its own programme', household(1, 0, { region: 'US-PR' }), 'refuses'],
    ['another country', household(1, 0, { region: 'CA-ON' }), 'refuses'],
  ]),
  ...cases('refill-controlled@1', [
    ['issued today', prescribed({ issued: TODAY, lastFill: '2027-05-22' }), 'admits'],
    ['issued tomorrow', prescribed({ issued: '2026-11-23', lastFill: '2027-05-23' }), 'refuses'],
    ['last day', prescribed({ issued: '2026-05-22', lastFill: TODAY }), 'admits'],
    ['a day late', prescribed({ issued: '2026-05-21', lastFill: '2026-11-21' }), 'refuses'],
    [
      'last day of a short month',
      prescribed({ issued: '2026-08-31', lastFill: '2027-02-28' }),
      'admits',
      '2027-02-28',
    ],
    [
      'the day after it',
      prescribed({ issued: '2026-08-31', lastFill: '2027-02-28' }),
      'refuses',
      '2027-03-01',
    ],
    ['Schedule III', prescribed({ schedule: 3 }), 'admits'],
    ['Schedule II', prescribed({ schedule: 2 }), 'refuses'],
    ['Schedule V', prescribed({ schedule: 5 }), 'refuses'],
    ['four refills', prescribed({ refills: 4 }), 'refuses'],
  ]),
  ...cases('healthy-start@1', [
    ['all of it', family({}, {}, {}), 'admits'],
    ['exactly the limit', family({}, { householdEarnings: 40_800 }, {}), 'admits'],
    ['a penny more', family({}, { householdEarnings: 40_801 }, {}), 'refuses'],
    ['no Universal Credit', family({}, { universalCredit: false }, {}), 'refuses'],
    ['child turns four tomorrow', family({}, {}, { childBirthDate: '2022-11-23' }), 'admits'],
    ['child turns four today', family({}, {}, { childBirthDate: '2022-11-22' }), 'refuses'],
    ['Scotland', family({ region: 'GB-SCT' }, {}, {}), 'refuses'],
    ['Northern Ireland', family({ region: 'GB-NIR' }, {}, {}), 'admits'],
    ['somebody else’s child', family({}, {}, { guardianId: 'P000003' }), 'refuses'],
  ]),
  ...cases('parental-consent@1', [
    ['child turns 13 tomorrow', family({}, {}, { childBirthDate: '2013-11-23' }), 'admits'],
    ['child turns 13 today', family({}, {}, { childBirthDate: '2013-11-22' }), 'refuses'],
    [
      'born on 29 February, 12 on 28 February',
      family({}, {}, { childBirthDate: '2012-02-29' }),
      'admits',
      '2025-02-28',
    ],
    [
      'born on 29 February, 13 on 1 March',
      family({}, {}, { childBirthDate: '2012-02-29' }),
      'refuses',
      '2025-03-01',
    ],
    ['somebody else’s child', family({}, {}, { guardianId: 'P00000' }), 'refuses'],
  ]),
  ...cases('eco4-flex@1', [
    ['none of three', home({}, {}), 'refuses'],
    ['one of three', home({ deprivationDecile: 1 }, {}), 'refuses'],
    [
      'two kinds of the same one',
      home({ deprivationDecile: 3, birthDate: '1940-01-01', disability: 100 }, {}),
      'refuses',
    ],
    ['decile 3', home({ deprivationDecile: 3 }, { councilTaxReduction: true }), 'admits'],
    ['decile 4', home({ deprivationDecile: 4 }, { councilTaxReduction: true }), 'refuses'],
    ['decile unknown', home({ deprivationDecile: 0 }, { councilTaxReduction: true }), 'refuses'],
    ['turns 65 today', home({ birthDate: '1961-11-22' }, { freeSchoolMeals: true }), 'admits'],
    ['turns 65 tomorrow', home({ birthDate: '1961-11-23' }, { freeSchoolMeals: true }), 'refuses'],
    ['degree 50', home({ disability: 50 }, { freeSchoolMeals: true }), 'admits'],
    ['both benefits', home({}, { councilTaxReduction: true, freeSchoolMeals: true }), 'admits'],
    [
      'both benefits in Northern Ireland',
      home({ region: 'GB-NIR' }, { councilTaxReduction: true, freeSchoolMeals: true }),
      'refuses',
    ],
  ]),
]

function pensioner(person: Attributes, income: Attributes): Credentials {
  return {
    person: change(PERSON, { birthDate: '1959-09-21', ...person }),
    income: change(INCOME, income),
  }
}

function household(size: number, monthly: number, person: Attributes = {}): Credentials {
  return {
    person: change(PERSON, { country: 'US', region: 'US-TX', householdSize: size, ...person }),
    income: change(INCOME, { currency: 'USD', householdMonthly: monthly }),
  }
}

function prescribed(changes: Attributes): Credentials {
  return { prescription: change(PRESCRIPTION, changes) }
}

function family(person: Attributes, income: Attributes, guardian: Attributes): Credentials {
  return {
    person: change(PERSON, person),
    income: change(INCOME, { universalCredit: true, ...income }),
    guardian: change(GUARDIAN, guardian),
  }
}

function home(person: Attributes, income: Attributes): Credentials {
  return { person: change(PERSON, person), income: change(INCOME, income) }
}
