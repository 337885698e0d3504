import * as z from '../../core/zod.ts'
import { isoFromDay, dayFromIso } from '../../core/dates.ts'
import type { Day } from '../../core/dates.ts'
import { ZerocardError } from '../../core/errors.ts'
import type { Schema } from '../../core/schema.ts'
import { SUBJECT_FORM } from './register.ts'

// Parts of requests that several routes share.

export const subject = z
  .string()
  .check(z.regex(SUBJECT_FORM, 'expected 1 to 100 letters, digits, dots, hyphens or underscores'))

/** A schema as OpenID messages name it, like `person-1`. */
export const configuration = z
  .string()
  .check(z.maxLength(100), z.regex(/^[a-z][a-z0-9-]*$/, 'expected a name like person-1'))

/** What stands in an offer's link: 256 bits. */
export const offerId = z.string().check(z.regex(/^[A-Za-z0-9_-]{43}$/))

/** A field element in an address. */
export const fieldInUrl = offerId

/** A key as `keyIdOf` names it. */
export const keyId = z.string().check(z.regex(/^[A-Za-z0-9_-]{22}$/))

export const day = z.pipe(
  z.string(),
  z.transform((text: string, context): Day => {
    try {
      return dayFromIso(text)
    } catch {
      context.issues.push({ code: 'custom', message: 'expected a date as YYYY-MM-DD', input: text })
      return z.NEVER
    }
  }),
)

/** @throws ZerocardError with `NOT_FOUND`. */
export function schemaNamed(schemas: ReadonlyMap<string, Schema>, name: string): Schema {
  const schema = schemas.get(name)
  if (schema !== undefined) return schema
  throw new ZerocardError('NOT_FOUND', `there is no configuration ${name}`)
}

/** A day as JSON, left out where there is none. */
export function dayMember(name: string, value: Day | undefined): Record<string, string> {
  return value === undefined ? {} : { [name]: isoFromDay(value) }
}
