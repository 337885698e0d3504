import type { AttributeType } from '../../attribute.ts'
import type { CompareOp } from '../condition.ts'
import { groupedDigits } from '../wording.ts'
import type { AgePhrase, CodePhrase, PhraseBook } from './phrase-book.ts'

// One word for one thing: 凭证 credential, 签发方 issuer, 持有人 holder, 验证方 verifier, 名单 list,
// 撤销 revoke, 代码 code, 认出 recognise.

const NUMBER_WORDS: Readonly<Record<CompareOp, string>> = {
  eq: '为',
  ne: '不是',
  lt: '小于',
  lte: '不超过',
  gt: '大于',
  gte: '至少为',
}
/** 不晚于 and 不早于 take the day itself in. */
const DATE_WORDS: Readonly<Record<CompareOp, string>> = {
  ...NUMBER_WORDS,
  lt: '早于',
  lte: '不晚于',
  gt: '晚于',
  gte: '不早于',
}
const UNITS = { minutes: '分钟', hours: '小时', days: '天' } as const
const UNLESS_TOLD = '（除非从以上内容就能得知）'

export const simplifiedChinese: PhraseBook = {
  groups: { asked: '您将证明：', learned: '验证方会知道：', hidden: '验证方不会知道：' },
  parts: {
    sentence: (clause) => `${clause}。`,
    titled: (title, alias) => `${title}（${alias}）`,
    yours: (name) => `您的${name}`,
    number: groupedDigits,
    // Chinese characters stand right behind digits, letters do not.
    amount: (number, unit) => `${number}${/^\p{Script=Latin}/u.test(unit) ? ' ' : ''}${unit}`,
    date,
    relativeDay,
    unitNote: (unit) => `（单位：${unit}）`,
    booleanNote: '（是计1，否计0）',
  },
  conditions: {
    age,
    compare,
    // What is not true is false: the shorter way to say it.
    isBoolean: (name, isPositive, value) => `${name}为${isPositive === value ? '“是”' : '“否”'}`,
    compareWith,
    prefix: (name, isPositive, prefix) => `${name}${isPositive ? '' : '不'}以${prefix}开头`,
    between: (name, isPositive, low, high) =>
      `${name}${isPositive ? '' : '不'}在${low}至${high}的范围内（含两端）`,
    orLong: (clause, bytes) => `${clause}，或者长于${String(bytes)}个字节`,
    oneOf: (name, isPositive, values, more) => {
      const rest = more === undefined ? '' : `，以及另外${more}项`
      const verb = isPositive ? '是以下之一' : '不是以下任何一项'
      return `${name}${verb}：${values.join('、')}${rest}`
    },
  },
  headings: {
    all: '以下条件全部满足：',
    notAll: '以下条件并非全部满足：',
    any: '以下条件至少满足一项：',
    none: '以下条件均不满足：',
    atLeast: (count, size) => `以下${String(size)}项条件中至少满足${String(count)}项：`,
    fewerThan: (count, size) => `以下${String(size)}项条件中满足的少于${String(count)}项：`,
  },
  credentials: {
    held: (name, trust, day) =>
      `您持有凭证${name}，由名单${trust}上的一个签发方签名，并且在${day}有效。`,
    sameHolder: '这些凭证全部属于同一个持有人。',
    notRevoked: (isOnlyOne, count, unit) => {
      const what = isOnlyOne ? '该凭证未被撤销' : '这些凭证均未被撤销'
      return `根据发布至今不超过${String(count)}${UNITS[unit]}的名单，${what}。`
    },
  },
  learned: {
    allTrue: (day) => `以上各项在${day}全部属实。`,
    value: (name) => `${name}的具体内容。`,
    code,
    issuer: (trust) => `您的凭证由谁签发：名单${trust}上只有一个签发方。`,
  },
  hidden: {
    value: (name) => `${name}的确切内容。`,
    moreAbout: (name) => `除以上内容之外，有关${name}的更多信息。`,
    alternative: (isTold) => `在可选条件中，您符合的是哪一项${unlessTold(isTold)}。`,
    issuer: (trust, isCertain) => {
      const unless = isCertain ? '' : '（除非该名单上只有一个签发方）'
      return `您的凭证由名单${trust}上的哪一个签发方签发${unless}。`
    },
    otherCodes: '其他代码中哪些是您的。',
    codesInOtherScopes: '您在其他范围内的代码。',
    codesElsewhere: '您在别处的代码：这个代码只用于这个验证方和这个范围。',
    comingAgain: (isTold) => `您是否再次前来：验证方无法凭这份证明认出您${unlessTold(isTold)}。`,
    anythingElse: '您凭证上的任何其他内容。',
  },
}

/** `2026年11月22日`. */
function date(iso: string): string {
  const [year = '', month = '', dayOfMonth = ''] = iso.split('-')
  return `${year}年${String(Number(month))}月${String(Number(dayOfMonth))}日`
}

function relativeDay(days: number, day: string | undefined): string {
  const which = day === undefined ? '' : `（${day}）`
  if (days === 0) return `证明当日${which}`
  const count = groupedDigits(BigInt(Math.abs(days)))
  return `证明当日的${count}天${days < 0 ? '前' : '后'}${which}`
}

function age({ name, isOwnAge, limits, isEither, isFebruary28 }: AgePhrase): string {
  const unit = isOwnAge ? '岁' : '年'
  const limit = limits
    .map(({ years, isReached }) => `${isReached ? '至少满' : '未满'}${String(years)}${unit}`)
    .join(isEither ? '或者' : '并且')
  const leap = isFebruary28 ? '（生于2月29日的，在没有该日的年份于2月28日长一岁）' : ''
  return isOwnAge ? `根据${name}，您${limit}${leap}` : `自${name}起${limit}${leap}`
}

function compare(name: string, type: AttributeType, op: CompareOp, value: string): string {
  if (type === 'text') return compareText(name, op, value)
  return `${name}${(type === 'date' ? DATE_WORDS : NUMBER_WORDS)[op]}${value}`
}

function compareText(name: string, op: CompareOp, value: string): string {
  if (op === 'eq' || op === 'ne') return `${name}${NUMBER_WORDS[op]}${value}`
  const side = op === 'lt' || op === 'lte' ? '之前' : '之后'
  const isOrSame = op === 'lte' || op === 'gte'
  return isOrSame ? `${name}为${value}或者排序在其${side}` : `${name}排序在${value}${side}`
}

function compareWith(name: string, type: AttributeType, op: CompareOp, other: string): string {
  if (op === 'eq') return `${name}与${other}相同`
  if (op === 'ne') return `${name}与${other}不同`
  return compare(name, type, op, other)
}

function unlessTold(isTold: boolean): string {
  return isTold ? UNLESS_TOLD : ''
}

function code({ scope, limit, credential, isShared, isAcceptedOnce }: CodePhrase): string {
  const where = isShared ? `和所有使用${scope}的各方一起` : `在${scope}范围内`
  if (limit !== undefined) {
    const whose = credential === undefined ? '您' : `您的凭证（${credential}）`
    return `${whose}在${scope}下的${limit}个代码之一：验证方对每个代码只接受一次，并且可以${where}认出再次出现的代码。`
  }
  const whom = credential === undefined ? '您' : `这份凭证（${credential}）`
  const use = isAcceptedOnce ? '，并且只接受这个代码一次' : ''
  return `一个在${scope}下始终相同的代码：验证方可以${where}认出${whom}${use}。`
}
