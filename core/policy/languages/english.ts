import type { AttributeType } from '../../attribute.ts'
import type { CompareOp } from '../condition.ts'
import { groupedDigits } from '../wording.ts'
import type { AgePhrase, CodePhrase, PhraseBook } from './phrase-book.ts'

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]
const NUMBER_WORDS: Readonly<Record<CompareOp, string>> = {
  eq: 'is',
  ne: 'is not',
  lt: 'is less than',
  lte: 'is at most',
  gt: 'is more than',
  gte: 'is at least',
}
const DATE_WORDS: Readonly<Record<CompareOp, string>> = {
  ...NUMBER_WORDS,
  lt: 'is before',
  lte: 'is on or before',
  gt: 'is after',
  gte: 'is on or after',
}
const TEXT_WORDS: Readonly<Record<CompareOp, string>> = {
  ...NUMBER_WORDS,
  lt: 'sorts before',
  lte: 'is or sorts before',
  gt: 'sorts after',
  gte: 'is or sorts after',
}
/** Between the attribute's name and what it is compared with. */
const WORDS: Readonly<Record<AttributeType, Readonly<Record<CompareOp, string>>>> = {
  date: DATE_WORDS,
  integer: NUMBER_WORDS,
  boolean: NUMBER_WORDS,
  text: TEXT_WORDS,
}
const UNLESS_TOLD = ', unless what is stated above tells that'

export const english: PhraseBook = {
  groups: { asked: 'You prove:', learned: 'The verifier learns:', hidden: 'It does not learn:' },
  parts: {
    sentence: (clause) => `${capitalised(clause)}.`,
    titled: (title, alias) => `${title} (${alias})`,
    yours: (name) => `your ${name}`,
    number: groupedDigits,
    amount: (number, unit) => `${number} ${unit}`,
    date,
    relativeDay,
    unitNote: (unit) => ` (in ${unit})`,
    booleanNote: ' (1 if true, 0 if not)',
  },
  conditions: {
    age,
    compare: (name, type, op, value) => `${name} ${WORDS[type][op]} ${value}`,
    isBoolean: (name, isPositive, value) => `${name} ${is(isPositive)} ${String(value)}`,
    compareWith: (name, type, op, other) => {
      const same = op === 'eq' || op === 'ne' ? ' the same as' : ''
      return `${name} ${WORDS[type][op]}${same} ${other}`
    },
    prefix: (name, isPositive, prefix) =>
      `${name} ${isPositive ? 'starts' : 'does not start'} with ${prefix}`,
    between: (name, isPositive, low, high) => `${name} ${is(isPositive)} from ${low} to ${high}`,
    orLong: (clause, bytes) => `${clause}, or is longer than ${String(bytes)} bytes`,
    oneOf: (name, isPositive, values, more) => {
      const rest = more === undefined ? '' : ` and ${more} more`
      return `${name} ${is(isPositive)} one of ${values.join(', ')}${rest}`
    },
  },
  headings: {
    all: 'All of these:',
    notAll: 'Not all of these:',
    any: 'At least one of these:',
    none: 'None of these:',
    atLeast: (count, size) => `At least ${String(count)} of these ${String(size)}:`,
    fewerThan: (count, size) => `Fewer than ${String(count)} of these ${String(size)}:`,
  },
  credentials: {
    held: (name, trust, day) =>
      `You hold a credential ${name}, signed by an issuer on the list ${trust} and valid on ${day}.`,
    sameHolder: 'They all belong to one and the same holder.',
    notRevoked: (isOnlyOne, count, unit) => {
      const what = isOnlyOne ? 'It is not revoked' : 'None of them is revoked'
      const name = count === 1 ? unit.slice(0, -1) : unit
      return `${what}, according to a list at most ${String(count)} ${name} old.`
    },
  },
  learned: {
    allTrue: (day) => `That all of this is true, on ${day}.`,
    value: (name) => `The value of ${name}.`,
    code,
    issuer: (trust) => `Who issued your credential: the list ${trust} names only one issuer.`,
  },
  hidden: {
    value: (name) => `${capitalised(name).replace('Your', 'Your exact')}.`,
    moreAbout: (name) => `More about ${name} than stated above.`,
    alternative: (isTold) => `Which of the alternatives applies to you${unlessTold(isTold)}.`,
    issuer: (trust, isCertain) => {
      const unless = isCertain ? '' : ', unless it names only one'
      return `Which issuer on the list ${trust} issued your credential${unless}.`
    },
    otherCodes: 'Which other codes are yours.',
    codesInOtherScopes: 'Your codes in other scopes.',
    codesElsewhere: 'Your codes elsewhere: this one is for this verifier and this scope only.',
    comingAgain: (isTold) =>
      `Whether you come again: it cannot recognise you by this proof${unlessTold(isTold)}.`,
    anythingElse: 'Anything else on your credentials.',
  },
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** `22 November 2026`. */
function date(iso: string): string {
  const [year = '', month = '', dayOfMonth = ''] = iso.split('-')
  return `${String(Number(dayOfMonth))} ${MONTHS[Number(month) - 1] ?? ''} ${year}`
}

function relativeDay(days: number, day: string | undefined): string {
  const which = day === undefined ? '' : ` (${day})`
  if (days === 0) return `the day of proof${which}`
  const count = Math.abs(days)
  const distance = count === 1 ? '1 day' : `${groupedDigits(BigInt(count))} days`
  return `${distance} ${days < 0 ? 'before' : 'after'} the day of proof${which}`
}

function age({ name, isOwnAge, limits, isEither, isFebruary28 }: AgePhrase): string {
  const limit = limits
    .map(({ years, isReached }) => {
      if (isOwnAge) return isReached ? `${String(years)} or older` : `under ${String(years)}`
      return `${isReached ? 'at least' : 'less than'} ${String(years)} ${years === 1 ? 'year' : 'years'}`
    })
    .join(isEither ? ' or ' : ' and ')
  const leap = isFebruary28 ? ' (born on 29 February: a year older on the 28th)' : ''
  return isOwnAge ? `you are ${limit}, by ${name}${leap}` : `it is ${limit} since ${name}${leap}`
}

function is(isPositive: boolean): string {
  return isPositive ? 'is' : 'is not'
}

function unlessTold(isTold: boolean): string {
  return isTold ? UNLESS_TOLD : ''
}

function code({ scope, limit, credential, isShared, isAcceptedOnce }: CodePhrase): string {
  const where = isShared ? `with everyone who uses ${scope}` : `within ${scope}`
  if (limit !== undefined) {
    const whose = credential === undefined ? 'you have' : `your credential (${credential}) has`
    return `One of ${limit} codes that ${whose} for ${scope}: it accepts each once, and can recognise a code that comes back, ${where}.`
  }
  const whom = credential === undefined ? 'you' : `this credential (${credential})`
  const use = isAcceptedOnce ? ', and accepts it once' : ''
  return `A code that is always the same for ${scope}: it can recognise ${whom} ${where}${use}.`
}
