import type { Express, Request, Response } from 'express'
import { ageOn } from '../../../../examples/population/calendar.ts'
import { townPeople } from '../../../../examples/town/people.ts'
import type { TownPerson } from '../../../../examples/town/people.ts'
import { ZerocardError } from '../../../../core/errors.ts'
import { configurationOf } from '../../../../core/openid.ts'
import { schemaWords } from '../../../../core/schema.ts'
import { readSchemas } from '../../schemas.ts'
import { schemaPath } from '../configs.ts'
import { CIVIL_SCHEMAS, ISSUERS } from '../plan.ts'
import type { TownAddress } from '../town.ts'
import { fieldOf, ownForm } from './application.ts'
import type { SitesFile } from './config.ts'
import { deskPage, personPage } from './desk-pages.ts'
import type { Terms } from './desk-pages.ts'
import { Office } from './office.ts'
import { sendPage } from './page.ts'
import type { OfficeName, PersonId, Words } from './words/en.ts'

/** A person as a desk's page shows them. */
export interface Visitor {
  readonly id: PersonId
  readonly name: string
  readonly age: number
}

/** Adds the desks of all offices: pages on which a visitor acts as the office's clerk. */
export function addDesks(app: Express, file: SitesFile): void {
  for (const address of file.offices) addDesk(app, file, address)
}

/** What the schemas of an office say in a language, by the name that OpenID messages have for each. */
function termsOf(name: OfficeName, language: string): Terms {
  const schemas = Object.keys(ISSUERS.find((issuer) => issuer.name === name)?.schemas ?? {})
  const read = [...readSchemas(schemas.map(schemaPath)).values()]
  return new Map(
    read.map((schema) => [configurationOf(schema.id), schemaWords(schema, language)] as const),
  )
}

function addDesk(app: Express, file: SitesFile, address: TownAddress): void {
  const office = new Office(address, file.trust[0])
  const name = address.name as OfficeName
  const path = `/offices/${name}`
  const frame = (words: Words, title: string) => ({
    title,
    owner: words.offices[name].title,
    portal: file.portal,
  })
  app.get(path, async (request, response) => {
    const totals = await office.totals()
    sendPage(request, response, 200, ({ words }) => ({
      ...frame(words, words.desk.desk),
      content: deskPage({ name, path, people: customersOf(name), totals, words }),
    }))
  })
  app.get(`${path}/:person`, async (request, response) => {
    const person = findPerson(name, request)
    const { records, credentials } = await office.person(person.id)
    const offer = office.offer(request.query['offer'])
    response.set('cache-control', 'no-store')
    sendPage(request, response, 200, ({ tag, words }) => ({
      ...frame(words, visitorOf(person).name),
      content: personPage({
        path: `${path}/${person.id}`,
        back: path,
        visitor: visitorOf(person),
        records,
        credentials,
        offer,
        terms: termsOf(name, tag),
        wasRevoked: request.query['revoked'] === '1',
        words,
      }),
    }))
  })
  app.get(`${path}/:person/credentials`, async (request, response) => {
    const { credentials } = await office.person(findPerson(name, request).id)
    response.set('cache-control', 'no-store').json({ count: credentials.length })
  })
  addForms(app, path, name, office)
}

function addForms(app: Express, path: string, name: OfficeName, office: Office): void {
  const back = (request: Request, response: Response, query: string): void => {
    const { id } = findPerson(name, request)
    response.redirect(303, `${path}/${id}?${query}`)
  }
  app.post(`${path}/:person/offer`, ownForm, async (request: Request, response: Response) => {
    const { id } = findPerson(name, request)
    back(request, response, `offer=${await office.makeOffer(id, configurationIn(request))}`)
  })
  app.post(`${path}/:person/lost`, ownForm, async (request: Request, response: Response) => {
    const { id } = findPerson(name, request)
    back(request, response, `offer=${await office.recover(id, configurationIn(request))}`)
  })
  app.post(`${path}/:person/revoke`, ownForm, async (request: Request, response: Response) => {
    await office.revoke(findPerson(name, request).id, configurationIn(request))
    back(request, response, 'revoked=1')
  })
}

function configurationIn(request: Request): string {
  return fieldOf(request.body, 'configuration')
}

/** Those of the story's people whom the office can give something. */
function customersOf(name: OfficeName): readonly Visitor[] {
  return peopleOf(name).map(visitorOf)
}

function peopleOf(name: OfficeName): readonly TownPerson[] {
  const schemas = Object.keys(ISSUERS.find((issuer) => issuer.name === name)?.schemas ?? {})
  return townPeople(today()).filter(({ registry, records }) =>
    schemas.some(
      (schema) =>
        records[schema] !== undefined && (!CIVIL_SCHEMAS.includes(schema) || registry === name),
    ),
  )
}

/** @throws ZerocardError with `NOT_FOUND`. */
function findPerson(name: OfficeName, request: Request): TownPerson {
  const person = peopleOf(name).find(({ id }) => id === request.params['person'])
  if (person === undefined) throw new ZerocardError('NOT_FOUND', 'nobody of this number')
  return person
}

function visitorOf({ id, records }: TownPerson): Visitor {
  const { givenName, familyName, birthDate } = records['person/1'] ?? {}
  return {
    id: id as PersonId,
    name: `${String(givenName)} ${String(familyName)}`,
    age: ageOn(String(birthDate), today()),
  }
}

function today(): string {
  return new Date().toISOString().slice(0, 10)
}
