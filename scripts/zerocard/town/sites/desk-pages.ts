import type * as z from '../../../../core/zod.ts'
import type { AttributeValue } from '../../../../core/attribute.ts'
import { isPhotograph, needsSalt, saltText } from '../../../../core/photograph.ts'
import type { SchemaWords } from '../../../../core/schema.ts'
import { qrSvg } from '../../../../server/http/qr.ts'
import type { personView, totalsView } from '../../../../server/issuer/views.ts'
import type { Visitor } from './desk.ts'
import { Markup, markup } from './markup.ts'
import type { DeskOffer } from './office.ts'
import { jsonBlock, listOf } from './page.ts'
import type { OfficeName, Words } from './words/en.ts'

/** Words of schemas, by configuration such as `person-1`. */
export type Terms = ReadonlyMap<string, SchemaWords>

type PersonRecords = z.output<typeof personView>

interface DeskFacts {
  readonly name: OfficeName
  readonly path: string
  readonly people: readonly Visitor[]
  readonly totals: z.output<typeof totalsView>
  readonly words: Words
}

/** The first page of an office: whom it serves, and what it knows. */
export function deskPage({ name, path, people, totals, words }: DeskFacts): Markup {
  const { desk, offices } = words
  return markup`<h1>${offices[name].title}</h1>
<p class="lead">${offices[name].story}</p>
<p>${desk.intro}</p>
<section aria-labelledby="choose"><h2 id="choose">${desk.choose}</h2>
<ul class="places">${people.map(
    (visitor) =>
      markup`<li><a href="${path}/${visitor.id}"><strong>${visitor.name}</strong></a><span>${desk.aged(visitor.age)}</span><span>${desk.stories[visitor.id]}</span></li>`,
  )}</ul></section>
<div class="boxes">
<section class="box" aria-labelledby="knows"><h2 id="knows">${desk.knows}</h2>
${listOf(desk.knowsList)}
${jsonBlock(desk.totals, totals)}</section>
<section class="box" aria-labelledby="never"><h2 id="never">${desk.never}</h2>
${listOf(desk.neverList)}</section>
</div>`
}

interface PersonFacts {
  /** Of this page. */
  readonly path: string
  /** Of the office. */
  readonly back: string
  readonly visitor: Visitor
  readonly records: PersonRecords['records']
  readonly credentials: PersonRecords['credentials']
  readonly offer: DeskOffer | undefined
  readonly terms: Terms
  readonly wasRevoked: boolean
  readonly words: Words
}

/** One person at the desk. */
export function personPage(facts: PersonFacts): Markup {
  const { path, back, visitor, records, offer, terms, wasRevoked, words } = facts
  const { desk, common } = words
  return markup`<p><a href="${back}">${common.back}</a></p>
<h1>${visitor.name}</h1>
<p class="lead">${desk.aged(visitor.age)} · ${desk.stories[visitor.id]}</p>
${wasRevoked ? markup`<p class="notice" role="status">${desk.revokedNote}</p>` : ''}
${offer === undefined ? '' : offerBox(offer, facts)}
${records.map((record) => recordSection(path, record, terms, words))}
<section aria-labelledby="issued"><h2 id="issued">${desk.issued}</h2>
${issuedList(facts)}</section>`
}

function offerBox(
  { link, txCode, before }: DeskOffer,
  { path, credentials, words }: PersonFacts,
): Markup {
  const { desk } = words
  if (credentials.length > before) {
    return markup`<p class="notice" role="status">${desk.taken}</p>`
  }
  return markup`<section class="box offer" aria-labelledby="offer" data-watch="${path}/credentials" data-count="${credentials.length}">
<h2 id="offer">${desk.offer}</h2>
<p>${desk.offerText}</p>
<div class="columns">
<div><p><a class="button" href="${link}">${desk.openWallet}</a></p>
<p>${desk.scan}</p>
<div class="qr" role="img" aria-label="${desk.qr}">${new Markup(qrSvg(link))}</div></div>
<div class="letter"><h3>${desk.letter}</h3><p>${desk.letterText}</p><p class="code">${txCode}</p></div>
</div></section>`
}

function recordSection(
  path: string,
  { configuration, attributes }: PersonRecords['records'][number],
  terms: Terms,
  words: Words,
): Markup {
  const { desk } = words
  const known = terms.get(configuration)
  const rows = Object.entries(attributes).map(
    ([name, value]) =>
      markup`<tr><th scope="row">${known?.attributes.get(name)?.title ?? name}</th><td>${valueOf(value, words)}</td></tr>`,
  )
  const id = `record-${configuration}`
  return markup`<section aria-labelledby="${id}"><h2 id="${id}">${desk.register}: ${known?.title ?? configuration}</h2>
<form method="post" action="${path}/offer">
<input type="hidden" name="configuration" value="${configuration}">
<button>${desk.give}: ${known?.title ?? configuration}</button></form>
<table><thead><tr><th scope="col">${words.attributes}</th><th scope="col">${words.values}</th></tr></thead>
<tbody>${rows}</tbody></table></section>`
}

/** A picture as one, as it would be in a credential; everything else as text. */
function valueOf(value: AttributeValue, words: Words): Markup {
  const isPicture = needsSalt(value) && isPhotograph(saltText(value, 'A'.repeat(22)))
  if (!isPicture) return markup`${String(value)}`
  return markup`<img class="portrait" src="${value}" alt="${words.desk.portrait}" width="96" height="96">`
}

function issuedList({ path, credentials, records, terms, words }: PersonFacts): Markup {
  const { desk } = words
  const titleOf = (configuration: string): string =>
    terms.get(configuration)?.title ?? configuration
  if (credentials.length === 0) return markup`<p>${desk.none}</p>`
  const items = credentials.map(
    ({ configuration, number, validUntil, revokedAt }) =>
      markup`${titleOf(configuration)} <code>${number}</code>: ${revokedAt === undefined ? desk.valid(validUntil) : desk.revoked}`,
  )
  const open = new Set(
    credentials.filter(({ revokedAt }) => revokedAt === undefined).map((one) => one.configuration),
  )
  return markup`${listOf(items)}
${[...open].map((configuration) => actionForm(`${path}/revoke`, configuration, `${desk.revoke}: ${titleOf(configuration)}`))}
${records.slice(0, 1).map(({ configuration }) => actionForm(`${path}/lost`, configuration, desk.lost))}
<p>${desk.lostText}</p>`
}

function actionForm(action: string, configuration: string, label: string): Markup {
  return markup`<form method="post" action="${action}" class="inline">
<input type="hidden" name="configuration" value="${configuration}">
<button class="quiet">${label}</button></form>`
}
