import type { AttributeType } from '../../core/attribute.ts'
import type { PolicyAttribute, PolicyVocabulary } from '../../core/policy/attributes.ts'

/** An attribute of a policy as a site would pursue it, under whatever name it comes. */
export interface Subject {
  /** Equal for attributes that are counted together. */
  readonly key: string
  readonly path: string
  readonly alias: string
  readonly type: AttributeType
  /** A date of birth: narrowed down never below a year. */
  readonly isBirth: boolean
  /** A date of birth in a form that does not tell how far apart two values are: never answered. */
  readonly isUnspaced: boolean
  /** One value, or a few, is nearly one person. */
  readonly isIdentifying: boolean
}

/** The one subject of the holder's own date of birth. */
export const OWN_BIRTH = 'birth of the holder'

const BIRTH_DATE = /birth|born|dob/i
/** What else of a birth is signed as a text or a number; a year by itself is a year. */
const NO_BIRTH_DATE =
  /place|country|city|town|region|state|district|county|municipality|name|nation|order|weight|year|hospital|certificate|office/i
/** Of somebody else, of whom there may be several. */
const OTHER_PERSON =
  /child|kid|son|daughter|ward|pupil|spouse|wife|husband|partner|parent|mother|father|guardian/i
/** Dates that say so are of events; every other date is taken for a date of birth. */
const EVENT_DATE =
  /since|start|begin|from|until|end$|expir|valid|issue|last|next|due|fill|renew|acquired|paid/i

/** Names of attributes that few people share a value of. */
const IDENTIFYING =
  /id$|number|name|street|address|mail|phone|postal|postcode|zip|account|iban|licen[cs]e|plate/i

/** All attributes of a policy's credentials: by selector and by path. */
export interface Subjects {
  readonly bySelector: ReadonlyMap<number, Subject>
  readonly byPath: ReadonlyMap<string, Subject>
}

/** What the attributes of a policy are to whoever pursues a person. */
export function policySubjects({ credentials, attributes }: PolicyVocabulary): Subjects {
  const entries = [...attributes.values()].map((attribute) => {
    const [schema = ''] = (credentials[attribute.alias]?.schema ?? '').split('/')
    return [attribute.selector, subjectOf(attribute, schema)] as const
  })
  return {
    bySelector: new Map(entries),
    byPath: new Map(entries.map(([, subject]) => [subject.path, subject])),
  }
}

/** Versions of a schema are one: a new version does not begin anew. */
function subjectOf({ path, alias, name, type }: PolicyAttribute, schema: string): Subject {
  const isBirth = type === 'date' && (BIRTH_DATE.test(name) || !EVENT_DATE.test(name))
  const isOwn = isBirth && BIRTH_DATE.test(name) && !OTHER_PERSON.test(name)
  return {
    key: isOwn ? OWN_BIRTH : isBirth ? `birth ${name}` : `${schema}.${name}`,
    path,
    alias,
    type,
    isBirth,
    isUnspaced:
      (type === 'integer' || type === 'text') && BIRTH_DATE.test(name) && !NO_BIRTH_DATE.test(name),
    isIdentifying: type === 'text' && IDENTIFYING.test(name),
  }
}
