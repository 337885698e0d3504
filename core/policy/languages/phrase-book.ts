import type { AttributeType } from '../../attribute.ts'
import type { CompareOp } from '../condition.ts'

/**
 * What a language says in the sentence of a policy. Everything from outside comes ready for reading:
 * escaped, and quotations between “ and ”. A language only puts words around it.
 *
 * The lines are what a holder consents to. Each language says what the English says: no more is
 * hidden, no less is learned.
 */
export interface PhraseBook {
  /** Above the three groups of lines. */
  readonly groups: Readonly<Record<'asked' | 'learned' | 'hidden', string>>
  readonly parts: PartPhrases
  readonly conditions: ConditionPhrases
  readonly headings: HeadingPhrases
  readonly credentials: CredentialPhrases
  readonly learned: LearnedPhrases
  readonly hidden: HiddenPhrases
}

/** What clauses are made of. */
export interface PartPhrases {
  /** A clause as a whole line. */
  readonly sentence: (clause: string) => string
  /** A title and the alias of the credential it is about, where a policy has several. */
  readonly titled: (title: string, alias: string) => string
  /** `your date of birth`. */
  readonly yours: (name: string) => string
  readonly number: (value: bigint) => string
  /** A number with a unit: two texts. */
  readonly amount: (number: string, unit: string) => string
  /** From an ISO date. */
  readonly date: (iso: string) => string
  /** So many days after the day of proof, and which date that is if the calendar has it. */
  readonly relativeDay: (days: number, date: string | undefined) => string
  /** Behind an integer in a sum. */
  readonly unitNote: (unit: string) => string
  /** Behind a boolean in a sum, where true counts 1 and false 0. */
  readonly booleanNote: string
}

/** Clauses about one attribute by its name; with `isPositive` false they say the opposite. */
export interface ConditionPhrases {
  readonly age: (age: AgePhrase) => string
  readonly compare: (name: string, type: AttributeType, op: CompareOp, value: string) => string
  readonly isBoolean: (name: string, isPositive: boolean, value: boolean) => string
  readonly compareWith: (name: string, type: AttributeType, op: CompareOp, other: string) => string
  readonly prefix: (name: string, isPositive: boolean, prefix: string) => string
  /** Both ends belong to it. */
  readonly between: (name: string, isPositive: boolean, low: string, high: string) => string
  /** A clause about the order or the prefix of a text that also holds of all texts over `bytes`. */
  readonly orLong: (clause: string, bytes: number) => string
  /** @param more - How many further values are not shown, if any. */
  readonly oneOf: (
    name: string,
    isPositive: boolean,
    values: readonly string[],
    more: string | undefined,
  ) => string
}

/** Complete years since a date. */
export interface AgePhrase {
  /** The date's name. */
  readonly name: string
  /** Whether the years are the holder's age, and not just any time. */
  readonly isOwnAge: boolean
  /** One limit or two; reached: so many years or more, otherwise fewer. */
  readonly limits: readonly { readonly years: number; readonly isReached: boolean }[]
  /** Whether one of two limits is enough. */
  readonly isEither: boolean
  /** In years without 29 February, whoever was born on one turns older on the 28th. */
  readonly isFebruary28: boolean
}

/** Above a list of conditions. */
export interface HeadingPhrases {
  readonly all: string
  readonly notAll: string
  readonly any: string
  readonly none: string
  readonly atLeast: (count: number, size: number) => string
  readonly fewerThan: (count: number, size: number) => string
}

export interface CredentialPhrases {
  readonly held: (name: string, trust: string, date: string) => string
  readonly sameHolder: string
  /** By a list at most so old. */
  readonly notRevoked: (
    isOnlyOne: boolean,
    age: number,
    unit: 'minutes' | 'hours' | 'days',
  ) => string
}

export interface LearnedPhrases {
  readonly allTrue: (date: string) => string
  readonly value: (name: string) => string
  readonly code: (code: CodePhrase) => string
  /** The trust list names one issuer alone. */
  readonly issuer: (trust: string) => string
}

/** The holder's pseudonym. */
export interface CodePhrase {
  readonly scope: string
  /** How many codes there are, if more than one. */
  readonly limit: string | undefined
  /** Alias of the credential whose code it is; absent if it is the person's. */
  readonly credential: string | undefined
  /** Whether it is the same at everybody who uses the scope. */
  readonly isShared: boolean
  readonly isAcceptedOnce: boolean
}

export interface HiddenPhrases {
  readonly value: (name: string) => string
  readonly moreAbout: (name: string) => string
  /** @param isTold - Whether the lines above may tell it all the same; so below. */
  readonly alternative: (isTold: boolean) => string
  /** @param isCertain - Whether the list is known to name several issuers. */
  readonly issuer: (trust: string, isCertain: boolean) => string
  readonly otherCodes: string
  readonly codesInOtherScopes: string
  readonly codesElsewhere: string
  readonly comingAgain: (isTold: boolean) => string
  readonly anythingElse: string
}
