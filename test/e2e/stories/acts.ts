import { readFileSync } from 'node:fs'
import type { Person } from './person.ts'
import { PASSPHRASE } from './person.ts'
import { SITES } from '../../../scripts/zerocard/town/plan.ts'
import type { SiteName } from '../../../scripts/zerocard/town/plan.ts'
import type { OfficeName, PersonId } from '../../../scripts/zerocard/town/sites/words/en.ts'

// What people do in the stories, by what they see: names of buttons, links and fields.

/** From the portal's link to a wallet with its words written down. */
export async function makeWallet(person: Person): Promise<void> {
  const { words } = person
  await person.go('portal')
  await person.look('portal')
  await person.link(person.town.portal.open).click()
  await person.arriveAt(words.titles.first)
  await person.look('wallet first visit')
  await person.button(words.first.make).click()
  await person.arriveAt(words.titles.create)
  await person.field(words.passphrase.label).fill(PASSPHRASE)
  await person.field(words.passphrase.repeat).fill(PASSPHRASE)
  await person.look('wallet passphrase')
  await person.button(words.create.submit).click()
  await person.arriveAt(words.titles.phrase)
  person.phrase = await person.page.locator('.phrase li').allInnerTexts()
  await person.look('wallet words')
  await person.button(words.phrase.kept).click()
  await person.arriveAt(words.titles.check)
  for (const label of await person.page.locator('form label').allInnerTexts()) {
    const position = Number(/[0-9]+/.exec(label)?.[0]) - 1
    await person.field(label).fill(person.phrase[position] ?? '')
  }
  await person.look('wallet check of words')
  await person.button(words.phrase.check).click()
  await person.arriveAt(words.titles.cards)
  await person.look('wallet empty')
}

/** At a desk: somebody is given a credential. @returns The link, and the code of the letter. */
export async function askOffice(
  person: Person,
  office: OfficeName,
  who: PersonId,
  title: string,
): Promise<{ readonly link: string; readonly code: string }> {
  const { desk } = person.town
  await person.go('portal', `/offices/${office}`)
  await person.page.locator(`a[href$="/${who}"]`).click()
  await person.button(`${desk.give}: ${title}`).click()
  await person.page.getByRole('heading', { name: desk.offer, exact: true }).waitFor()
  const link = await person.link(desk.openWallet).getAttribute('href')
  const code = await person.page.locator('.letter .code').innerText()
  return { link: link ?? '', code }
}

/** Takes a credential: follows the link, opens the wallet, types the code of the letter. */
export async function takeCredential(
  person: Person,
  office: OfficeName,
  who: PersonId,
  title: string,
): Promise<void> {
  const { code } = await askOffice(person, office, who, title)
  await person.look(`office ${office}`)
  await person.link(person.town.desk.openWallet).click()
  await unlock(person)
  await takeOffer(person, code)
}

/** The same with a wallet that is open in another tab: the link is pasted there. */
export async function takeByLink(
  person: Person,
  office: OfficeName,
  who: PersonId,
  title: string,
): Promise<void> {
  const { link, code } = await askOffice(person, office, who, title)
  await person.look(`office ${office}`)
  await person.inWallet(async () => {
    await paste(person, link)
    await takeOffer(person, code)
  })
}

async function takeOffer(person: Person, code: string): Promise<void> {
  const { words } = person
  await person.arriveAt(words.titles.offer)
  await person.field(words.offer.code).fill(code)
  await person.look('wallet offer')
  await person.button(words.offer.take).click()
  await person.arriveAt(words.titles.received)
  await person.look('wallet received')
}

/** Puts a link into the open wallet, as somebody does who cannot scan. */
export async function paste(person: Person, link: string): Promise<void> {
  const { words } = person
  await person.link(words.nav.scan).click()
  await person.arriveAt(words.titles.scan)
  await person.field(words.scan.link).fill(link)
  await person.look('wallet scan')
  await person.button(words.scan.read).click()
}

export async function unlock(person: Person): Promise<void> {
  const { words } = person
  await person.arriveAt(words.titles.unlock)
  await person.field(words.passphrase.label).fill(PASSPHRASE)
  await person.button(words.unlock.submit).click()
}

/** From a site's first page to its gate. */
export async function goToGate(person: Person, name: SiteName): Promise<void> {
  const { enter, heading } = person.town.sites[name]
  await person.go(name)
  await person.arriveAt(heading)
  await person.look(`${name} outside`)
  await person.link(enter).click()
  await person.arriveAt(person.gate.heading(siteOf(name).title))
  // All gates look alike: the shortest question and the longest.
  if (['shop', 'benefits'].includes(name)) await person.look(`${name} gate`)
}

/** From the gate to the question in the wallet. */
export async function askedBy(person: Person, name: SiteName): Promise<void> {
  await goToGate(person, name)
  await person.button(person.gate.openHere).click()
  await unlock(person)
  await readQuestion(person, name)
}

/** The same with a wallet that is open in another tab, or as if on another device. */
export async function askedByLink(person: Person, name: SiteName): Promise<void> {
  await goToGate(person, name)
  const link = await linkAtGate(person)
  await person.inWallet(async () => {
    await paste(person, link)
    await readQuestion(person, name)
  })
}

/** What the QR code of a gate says. */
export async function linkAtGate(person: Person): Promise<string> {
  return (await person.page.locator('details code').textContent()) ?? ''
}

export async function readQuestion(person: Person, name: SiteName): Promise<void> {
  await person.arriveAt(person.words.request.title(hostOf(person.at(name))))
  await person.look(`wallet asked by ${name}`)
}

/** Agrees to the question in front of the person. */
export async function agree(person: Person): Promise<void> {
  const { words } = person
  for (const warning of await person.page.getByLabel(words.request.accept).all()) {
    await warning.check()
  }
  await person.button(words.request.agree).click()
}

/** All of a visit that goes well, from the site to the wallet and back. */
export async function visit(person: Person, name: SiteName): Promise<void> {
  await askedBy(person, name)
  await agree(person)
  await person.arriveAt(person.words.titles.answered)
  await person.look('wallet answered')
  await person.button(person.words.outcome.back(hostOf(person.at(name)))).click()
  await lookAround(person, name)
}

/** The same with a wallet in another tab; the site's page goes on by itself. */
export async function visitByLink(person: Person, name: SiteName): Promise<void> {
  await askedByLink(person, name)
  await person.inWallet(async () => {
    await agree(person)
    await person.arriveAt(person.words.titles.answered)
    await person.look('wallet answered elsewhere')
  })
  await lookAround(person, name)
}

async function lookAround(person: Person, name: SiteName): Promise<void> {
  await person.arriveAt(person.town.sites[name].insideHeading)
  await person.page.locator('summary').first().click()
  await person.look(`${name} inside`)
}

export async function leave(person: Person, name: SiteName): Promise<void> {
  await person.button(person.town.sites[name].leave).click()
  await person.arriveAt(person.town.sites[name].heading)
}

export function siteOf(name: SiteName) {
  const site = SITES.find((candidate) => candidate.name === name)
  if (site === undefined) throw new TypeError(`the town has no ${name}`)
  return site
}

export function hostOf(origin: string): string {
  return new URL(origin).host
}

/** Makes a backup file. @returns What the browser saves. */
export async function exportBackup(person: Person): Promise<Uint8Array<ArrayBuffer>> {
  const { page, words } = person
  await person.link(words.nav.settings).click()
  await person.look('wallet settings')
  await person.link(words.settings.backupLink).click()
  await person.arriveAt(words.titles.backup)
  await person.field(words.backup.filePassphrase).fill(PASSPHRASE)
  await person.field(words.passphrase.repeat).fill(PASSPHRASE)
  const saving = page.waitForEvent('download')
  await person.button(words.backup.export).click()
  const path = await (await saving).path()
  await person.look('wallet backup')
  return new Uint8Array(readFileSync(path))
}
