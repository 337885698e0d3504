import { describe, expect, test } from 'vitest'
import { dayFromIso } from '../../../core/dates.ts'
import { parsePolicy } from '../../../core/policy/policy.ts'
import { policySentence, sentenceText } from '../../../core/policy/sentence.ts'
import type { PolicySentence } from '../../../core/policy/sentence.ts'
import { TRANSLATED } from './translated-world.ts'
import { policyJson } from './world.ts'

const TODAY = dayFromIso('2026-11-22')

function sentence(members: object, slots: 1 | 2 | 3 = 1, issuers = {}): PolicySentence {
  const policy = parsePolicy(policyJson(members, slots), TRANSLATED)
  return policySentence(policy, TRANSLATED, TODAY, issuers, 'zh-Hans')
}

/** The lines of the rule alone, indented. */
function asked(where: unknown, slots: 1 | 2 | 3 = 1): string[] {
  const lines = sentence({ where }, slots).asked.slice(slots === 1 ? 2 : slots + 2)
  return lines.map(({ depth, text }) => '  '.repeat(depth) + text)
}

test('the whole sentence of a policy in Chinese', () => {
  const where = {
    all: [
      { age: 'person.birthDate', atLeast: 65 },
      {
        any: [
          { attribute: 'income.annual', lt: 1_200_000 },
          { attribute: 'person.disability', gte: 50 },
        ],
      },
      { attribute: 'person.region', in: ['4401', '4403'] },
    ],
  }
  const once = { scope: 'winter-fuel-2026' }
  const text = sentenceText(sentence({ where, once }, 2, { income: 1 }), 'zh-Hans')
  expect(text).toBe(`您将证明：
  - 您持有凭证“个人（person）”，由名单“registries”上的一个签发方签名，并且在2026年11月22日有效。
  - 您持有凭证“收入（income）”，由名单“tax-offices”上的一个签发方签名，并且在2026年11月22日有效。
  - 这些凭证全部属于同一个持有人。
  - 根据发布至今不超过24小时的名单，这些凭证均未被撤销。
  - 根据您的出生日期（person），您至少满65岁。
  - 以下条件至少满足一项：
    - 您的年收入（income）小于1,200,000便士。
    - 您的残疾程度（person）至少为50%。
  - 您的地区（person）是以下之一：“4401”、“4403”。
验证方会知道：
  - 以上各项在2026年11月22日全部属实。
  - 一个在“winter-fuel-2026”下始终相同的代码：验证方可以在“winter-fuel-2026”范围内认出您，并且只接受这个代码一次。
  - 您的凭证由谁签发：名单“tax-offices”上只有一个签发方。
验证方不会知道：
  - 您的出生日期（person）的确切内容。
  - 您的年收入（income）的确切内容。
  - 您的残疾程度（person）的确切内容。
  - 您的地区（person）的确切内容。
  - 在可选条件中，您符合的是哪一项。
  - 您的凭证由名单“registries”上的哪一个签发方签发（除非该名单上只有一个签发方）。
  - 您在别处的代码：这个代码只用于这个验证方和这个范围。
  - 您凭证上的任何其他内容。`)
})

describe('what is asked, in Chinese:', () => {
  const size = (op: string, value: unknown) => ({ attribute: 'person.householdSize', [op]: value })
  const moved = (op: string, value: unknown) => ({ attribute: 'person.movedIn', [op]: value })
  const region = (op: string, value: unknown) => ({ attribute: 'person.region', [op]: value })
  const student = { attribute: 'person.student', eq: true }
  const youth = { age: 'person.birthDate', atLeast: 18, under: 25 }
  const numbers = Array.from({ length: 14 }, (_, i) => i)
  test.each<[unknown, string[]]>([
    [{ age: 'person.birthDate', under: 18 }, ['根据您的出生日期，您未满18岁。']],
    [{ not: { age: 'person.birthDate', under: 18 } }, ['根据您的出生日期，您至少满18岁。']],
    [
      { ...youth, leapDay: 'feb28' },
      [
        '根据您的出生日期，您至少满18岁并且未满25岁（生于2月29日的，在没有该日的年份于2月28日长一岁）。',
      ],
    ],
    [{ not: youth }, ['根据您的出生日期，您未满18岁或者至少满25岁。']],
    [{ age: 'person.movedIn', atLeast: 1 }, ['自您的迁入日期起至少满1年。']],
    [{ age: 'person.movedIn', under: 2 }, ['自您的迁入日期起未满2年。']],
    [size('eq', 2), ['您的家庭人数为2。']],
    [{ not: size('eq', 2) }, ['您的家庭人数不是2。']],
    [{ not: size('ne', 2) }, ['您的家庭人数为2。']],
    [size('lt', 2), ['您的家庭人数小于2。']],
    [{ not: size('lt', 2) }, ['您的家庭人数至少为2。']],
    [{ not: { not: size('lte', 2) } }, ['您的家庭人数不超过2。']],
    [{ not: size('lte', 2) }, ['您的家庭人数大于2。']],
    [size('between', [2, 1000]), ['您的家庭人数在2至1000的范围内（含两端）。']],
    [{ not: size('between', [2, 1000]) }, ['您的家庭人数不在2至1000的范围内（含两端）。']],
    [size('in', [2]), ['您的家庭人数为2。']],
    [size('notIn', [2]), ['您的家庭人数不是2。']],
    [size('in', [2, 3]), ['您的家庭人数是以下之一：2、3。']],
    [{ not: size('in', [2, 3]) }, ['您的家庭人数不是以下任何一项：2、3。']],
    [{ not: size('notIn', [2, 3]) }, ['您的家庭人数是以下之一：2、3。']],
    [
      size('notIn', numbers),
      ['您的家庭人数不是以下任何一项：0、1、2、3、4、5、6、7、8、9、10、11，以及另外2项。'],
    ],
    [student, ['您的学生身份为“是”。']],
    [{ not: student }, ['您的学生身份为“否”。']],
    [{ attribute: 'person.student', eq: false }, ['您的学生身份为“否”。']],
    [{ attribute: 'person.student', ne: false }, ['您的学生身份为“是”。']],
    [
      { attribute: 'person.student', ne: { attribute: 'person.veteran' } },
      ['您的学生身份与您的退伍军人身份不同。'],
    ],
    [moved('lte', { today: -365 }), ['您的迁入日期不晚于证明当日的365天前（2025年11月22日）。']],
    [moved('gt', { today: 0 }), ['您的迁入日期晚于证明当日（2026年11月22日）。']],
    [moved('eq', { today: 1 }), ['您的迁入日期为证明当日的1天后（2026年11月23日）。']],
    [moved('lt', '2020-01-31'), ['您的迁入日期早于2020年1月31日。']],
    [{ not: moved('lt', '2020-01-31') }, ['您的迁入日期不早于2020年1月31日。']],
    [moved('gt', { attribute: 'person.birthDate' }), ['您的迁入日期晚于您的出生日期。']],
    [
      { attribute: 'person.photo', eq: { attribute: 'person.idNumber' } },
      ['您的照片与您的证件号码相同。'],
    ],
    [region('prefix', '44'), ['您的地区以“44”开头。']],
    [{ not: region('prefix', '4') }, ['您的地区不以“4”开头，或者长于14个字节。']],
    [region('ne', 'b'), ['您的地区不是“b”。']],
    [region('lt', 'b'), ['您的地区排序在“b”之前。']],
    [region('lte', 'b'), ['您的地区为“b”或者排序在其之前。']],
    [region('gt', 'b'), ['您的地区排序在“b”之后，或者长于14个字节。']],
    [region('gte', 'b'), ['您的地区为“b”或者排序在其之后，或者长于14个字节。']],
    [
      {
        sum: [
          { attribute: 'person.disability' },
          { attribute: 'person.householdSize', times: -59_600 },
          { attribute: 'person.student', times: 5 },
        ],
        lt: -1000,
      },
      [
        '您的残疾程度（单位：%） − 59,600 × 您的家庭人数 + 5 × 您的学生身份（是计1，否计0）小于−1000。',
      ],
    ],
    [
      { not: { any: [student, { all: [size('eq', 1), size('eq', 2)] }] } },
      [
        '以下条件均不满足：',
        '  您的学生身份为“是”。',
        '  以下条件全部满足：',
        '    您的家庭人数为1。',
        '    您的家庭人数为2。',
      ],
    ],
    [
      { any: [{ not: { all: [student, size('eq', 1)] } }, { atLeast: 2, of: [student, student] }] },
      [
        '以下条件至少满足一项：',
        '  以下条件并非全部满足：',
        '    您的学生身份为“是”。',
        '    您的家庭人数为1。',
        '  以下2项条件中至少满足2项：',
        '    您的学生身份为“是”。',
        '    您的学生身份为“是”。',
      ],
    ],
    [
      { not: { atLeast: 2, of: [student, size('eq', 1), size('eq', 2)] } },
      [
        '以下3项条件中满足的少于2项：',
        '  您的学生身份为“是”。',
        '  您的家庭人数为1。',
        '  您的家庭人数为2。',
      ],
    ],
  ])('%j', (where, lines) => {
    expect(asked(where)).toEqual(lines)
  })

  test.each([
    ['30m', '30分钟'],
    ['1h', '1小时'],
    ['7d', '7天'],
  ])('revocation by a list of %s', (freshness, age) => {
    expect(sentence({ freshness }).asked).toEqual([
      {
        depth: 0,
        text: '您持有凭证“个人”，由名单“registries”上的一个签发方签名，并且在2026年11月22日有效。',
      },
      { depth: 0, text: `根据发布至今不超过${age}的名单，该凭证未被撤销。` },
    ])
  })
})

describe('what is learned and what is not, in Chinese:', () => {
  const region = { attribute: 'person.region', eq: '4401' }
  const student = { attribute: 'person.student', eq: true }
  const adult = { age: 'person.birthDate', atLeast: 18 }
  const elsewhere = '您在别处的代码：这个代码只用于这个验证方和这个范围。'

  test('a value the rule fixes is not called hidden', () => {
    const { hidden } = sentence({ where: { all: [region, adult] } }, 1, { person: 2 })
    expect(hidden).toEqual([
      '除以上内容之外，有关您的地区的更多信息。',
      '您的出生日期的确切内容。',
      '您的凭证由名单“registries”上的哪一个签发方签发。',
      '您是否再次前来：验证方无法凭这份证明认出您（除非从以上内容就能得知）。',
      '您凭证上的任何其他内容。',
    ])
  })

  test('without a pseudonym and with everything hidden nobody is recognised', () => {
    expect(sentence({ where: adult }).hidden).toContain(
      '您是否再次前来：验证方无法凭这份证明认出您。',
    )
  })

  test('disclosed values are learned, and may tell alternatives', () => {
    const where = { any: [student, adult] }
    const { learned, hidden } = sentence({ where, disclose: ['person.birthDate'] })
    expect(learned).toEqual(['以上各项在2026年11月22日全部属实。', '您的出生日期的具体内容。'])
    expect(hidden).toContain('除以上内容之外，有关您的学生身份的更多信息。')
    expect(hidden).toContain('在可选条件中，您符合的是哪一项（除非从以上内容就能得知）。')
    expect(hidden.some((line) => line.includes('出生日期'))).toBe(false)
  })

  test.each<[object, string, string[]]>([
    [
      { recognise: { scope: 'club' } },
      '一个在“club”下始终相同的代码：验证方可以在“club”范围内认出您。',
      [elsewhere],
    ],
    [
      { once: { scope: 'x' } },
      '一个在“x”下始终相同的代码：验证方可以在“x”范围内认出您，并且只接受这个代码一次。',
      [elsewhere],
    ],
    [
      { once: { scope: 'x', shared: true } },
      '一个在“x”下始终相同的代码：验证方可以和所有使用“x”的各方一起认出您，并且只接受这个代码一次。',
      ['您在其他范围内的代码。'],
    ],
    [
      { once: { scope: 'x', per: 'credential' } },
      '一个在“x”下始终相同的代码：验证方可以在“x”范围内认出这份凭证（person），并且只接受这个代码一次。',
      [elsewhere],
    ],
    [
      { once: { scope: 'x', limit: 3, shared: true } },
      '您在“x”下的3个代码之一：验证方对每个代码只接受一次，并且可以和所有使用“x”的各方一起认出再次出现的代码。',
      ['其他代码中哪些是您的。', '您在其他范围内的代码。'],
    ],
    [
      { once: { scope: 'x', limit: 3, per: 'credential' } },
      '您的凭证（person）在“x”下的3个代码之一：验证方对每个代码只接受一次，并且可以在“x”范围内认出再次出现的代码。',
      ['其他代码中哪些是您的。', elsewhere],
    ],
  ])('the pseudonym of %j', (members, line, others) => {
    const { learned, hidden } = sentence(members, 1, { person: 2 })
    expect(learned).toEqual(['以上各项在2026年11月22日全部属实。', line])
    expect(hidden).toEqual([
      '您的凭证由名单“registries”上的哪一个签发方签发。',
      ...others,
      '您凭证上的任何其他内容。',
    ])
  })

  test('the issuer is hidden only among several', () => {
    const hidden = '您的凭证由名单“registries”上的哪一个签发方签发'
    expect(sentence({}).hidden).toContain(`${hidden}（除非该名单上只有一个签发方）。`)
    expect(sentence({}, 1, { person: 2 }).hidden).toContain(`${hidden}。`)
    const alone = sentence({}, 1, { person: 1 })
    expect(alone.hidden.join()).not.toContain('签发方')
    expect(alone.learned).toContain('您的凭证由谁签发：名单“registries”上只有一个签发方。')
  })
})
