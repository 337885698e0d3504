import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { beginIssuance, fetchOffer, readOfferLink, redeemOffer } from '../../client/openid4vci.ts'
import { generatePhrase, secretFromPhrase } from '../../client/phrase.ts'
import type { AttributeValue } from '../../core/attribute.ts'
import { dayFromUnixSeconds } from '../../core/dates.ts'
import { compilePolicy } from '../../core/policy/compile.ts'
import { evaluatePolicy } from '../../core/policy/evaluate.ts'
import { parsePolicy } from '../../core/policy/policy.ts'
import { parseSchema } from '../../core/schema.ts'
import { townPeople } from '../../examples/town/people.ts'
import { createPairingVerifier } from '../../server/pairing.ts'
import { readJson } from '../../scripts/zerocard/files.ts'
import { SILENT } from '../../scripts/zerocard/progress.ts'
import { policyPath, schemaPath } from '../../scripts/zerocard/town/configs.ts'
import { PORTS, SITES } from '../../scripts/zerocard/town/plan.ts'
import { startTown } from '../../scripts/zerocard/town/town.ts'
import type { Town } from '../../scripts/zerocard/town/town.ts'
import { keys, prover } from '../support/tools.ts'
import { launchHere } from './town-support/local.ts'
import { Browser, now, walletHttp } from './town-support/visitor.ts'

// A whole town in this process, and visitors with browsers and wallets.

const FIRST_PORT = 4660
const folder = mkdtempSync(join(tmpdir(), 'zerocard-town-'))
const web = join(folder, 'web')
let town: Town

beforeAll(async () => {
  mkdirSync(web)
  writeFileSync(
    join(web, 'index.html'),
    '<!doctype html><meta name="zerocard-witnesses" content="" /><title>Wallet</title>',
  )
  const options = { launch: launchHere(web), crowd: 10 }
  town = await startTown(join(folder, 'town'), FIRST_PORT, SILENT, options)
  return () => town.stop()
})
afterAll(() => {
  rmSync(folder, { recursive: true })
})

const at = (name: string): string => town.places.find((place) => place.name === name)!.origin

/** Proves what a site asks, and gives the page that this opens. */
async function enter(name: string, pseudonym?: bigint, browser = new Browser()): Promise<string> {
  const { path } = SITES.find((site) => site.name === name)!
  await browser.prove(at(name) + path, pseudonym)
  const response = await browser.go(at(name) + path)
  expect(response.status).toBe(200)
  return response.text()
}

describe('pages', () => {
  /** Every page of the town that links lead to, by address. */
  async function crawl(language: string): Promise<Map<string, Response & { body?: unknown }>> {
    const browser = new Browser()
    browser.language = language
    const pages = new Map<string, Response>()
    const texts: string[] = []
    const waiting = [`${at('portal')}/`]
    const own = town.places.filter(({ name }) => name !== 'wallet').map(({ origin }) => origin)
    for (let url = waiting.pop(); url !== undefined; url = waiting.pop()) {
      if (pages.has(url)) continue
      const response = await browser.go(url)
      pages.set(url, response)
      const text = await response.text()
      texts.push(text)
      if (response.status === 401) continue
      expect(text).not.toMatch(/undefined|\[object|NaN/)
      expect(text).toContain(`<html lang="${language}"`)
      for (const [, link = ''] of text.matchAll(/<a [^>]*?href="([^"]*)"/g)) {
        const next = new URL(link, url)
        next.hash = ''
        if (own.includes(next.origin) && !next.search.includes('lang=')) waiting.push(next.href)
      }
    }
    return pages
  }

  test.each(['en', 'zh-Hans'])('all that links lead to can be read, in %s', async (language) => {
    const pages = await crawl(language)
    // Portal, four desks, their people, and two of each site, of which one is behind a gate.
    expect(pages.size).toBeGreaterThan(25)
    for (const [url, { status, headers }] of pages) {
      const isGate = SITES.some(({ path }) => new URL(url).pathname === path)
      expect([url, status]).toEqual([url, isGate ? 401 : 200])
      const policy = headers.get('content-security-policy') ?? ''
      expect(policy).toContain("default-src 'none'")
      expect(policy).not.toContain('unsafe')
    }
  })

  test('the language that is chosen on one site holds on all, and leads nowhere else', async () => {
    const browser = new Browser()
    const chosen = await browser.go(`${at('portal')}/offices/tax-office?lang=zh-Hans&x=1`)
    expect([chosen.status, chosen.headers.get('location')]).toEqual([
      303,
      '/offices/tax-office?x=1',
    ])
    expect(await browser.page(`${at('shop')}/`)).toContain('<html lang="zh-Hans"')
    const evil = await new Browser().go(`${at('shop')}//evil.example?lang=en`)
    expect(evil.headers.get('location')).toBe('/evil.example')
    const unknown = await new Browser().page(`${at('shop')}/?lang=%3Cscript%3E`)
    expect(unknown).toContain('<html lang="en"')
    expect(unknown).not.toMatch(/<script>/)
  })

  test('what is not there is said in one page', async () => {
    for (const url of [
      `${at('portal')}/nothing`,
      `${at('portal')}/offices/civil-registry/P%3Cb%3E`,
      `${at('portal')}/offices/civil-registry/T000005`,
      `${at('shop')}/nothing`,
    ]) {
      const response = await new Browser().go(url)
      expect(response.status).toBe(404)
      expect(await response.text()).not.toMatch(/<b>|node_modules/)
    }
  })

  test('the addresses of the town are all there, each once', () => {
    const origins = [...town.services, ...town.places].map(({ origin }) => origin)
    expect(new Set(origins).size).toBe(PORTS - 1)
    expect(origins).not.toContain(`http://localhost:${FIRST_PORT + 10}`)
    expect(statSync(join(town.folder, 'sites', 'sites.json')).mode & 0o777).toBe(0o600)
  })
})

describe('an office', () => {
  const person = (office: string, id: string): string => `${at('portal')}/offices/${office}/${id}`

  /** The link and the six digits that a desk's page shows. */
  function offerIn(page: string): { link: string; txCode: string } {
    const link = /href="([^"]*credential_offer_uri[^"]*)"/.exec(page)?.[1] ?? ''
    return { link, txCode: /class="code">([0-9]{6})</.exec(page)?.[1] ?? '' }
  }

  test('gives a credential that the wallet can take, knows it, and takes it back', async () => {
    const browser = new Browser()
    const desk = person('northern-registry', 'T000006')
    const offered = await browser.send(`${desk}/offer`, { configuration: 'person-1' })
    const { link, txCode } = offerIn(await offered.text())
    expect(link.startsWith(`${at('wallet')}/#`)).toBe(true)
    const offer = await fetchOffer(readOfferLink(link), walletHttp)
    const redemption = {
      secret: secretFromPhrase(generatePhrase()),
      tools: { prover, keys, verifyProof: await createPairingVerifier() },
      txCode,
      now: now(),
      save: () => Promise.resolve(),
    }
    const { held } = await redeemOffer(beginIssuance(offer), redemption, walletHttp)
    expect(held.credential.attributes['givenName']).toBe('Kofi')
    expect(await (await browser.go(`${desk}/credentials`)).json()).toEqual({ count: 1 })
    // Other numbers of the page may have the same six digits in them.
    expect(offerIn(await browser.page(offered.url))).toEqual({ link: '', txCode: '' })
    const page = await browser.page(desk)
    expect(page).toContain(`${desk.slice(at('portal').length)}/revoke`)
    const revoked = await browser.send(`${desk}/revoke`, { configuration: 'person-1' })
    expect(await revoked.text()).toContain('Taken back and published')
    expect(await browser.page(desk)).not.toContain('/revoke')
  })

  test('lets no page of another site act', async () => {
    for (const action of ['offer', 'revoke', 'lost']) {
      const url = `${person('civil-registry', 'T000003')}/${action}`
      for (const from of ['cross-site', 'same-site']) {
        const response = await new Browser().send(url, { configuration: 'person-1' }, from)
        expect(response.status).toBe(403)
      }
    }
  })

  test('gives nobody what they are not entitled to', async () => {
    const url = `${person('civil-registry', 'T000003')}/offer`
    expect((await new Browser().send(url, { configuration: 'income-1' })).status).toBe(404)
    expect((await new Browser().send(url, {})).status).toBe(400)
  })
})

describe('what a site learned', () => {
  test('is nothing before a proof', async () => {
    expect(await new Browser().page(`${at('shop')}/`)).toContain('Nothing. Your browser asked')
  })

  test('is shown as it stands in its database', async () => {
    const page = await enter('shop')
    expect(page).toContain('That somebody is 18 or older')
    expect(page).toContain('&#34;token_hash&#34;')
    expect(page).toContain('&#34;status&#34;: &#34;verified&#34;')
  })

  test('is gone from the browser after leaving', async () => {
    const browser = new Browser()
    await enter('shop', undefined, browser)
    const left = await browser.send(`${at('shop')}/leave`, {})
    expect(await left.text()).toContain('the shop does not know you')
    expect((await browser.go(`${at('shop')}/wine`)).status).toBe(401)
    expect((await browser.send(`${at('shop')}/leave`, {}, 'cross-site')).status).toBe(403)
  })
})

describe('stories', () => {
  test('the grant is given once', async () => {
    expect(await enter('benefits', 7n)).toContain('Granted')
    await expect(new Browser().prove(`${at('benefits')}/grant`, 7n)).rejects.toMatchObject({
      code: 'PSEUDONYM_USED',
    })
    expect(await enter('benefits', 8n)).toContain('Grants given so far, to whomever: 2')
  })

  test('a prescription is good for three codes, and each for one time', async () => {
    for (const code of [1n, 2n, 3n]) await enter('pharmacy', code)
    await expect(new Browser().prove(`${at('pharmacy')}/counter`, 3n)).rejects.toMatchObject({
      code: 'PSEUDONYM_USED',
    })
    // There is no fourth code: `use` is below `limit` in the statement, and the wallet sees to it.
    const policy = readJson(policyPath('refill-two@1'), (json) => json as { once: object })
    expect(policy.once).toMatchObject({ limit: 3, per: 'credential' })
  })

  test('a member of the forum keeps a name, and text stays text', async () => {
    const browser = new Browser()
    const first = await enter('forum', 21n, browser)
    const name = /class="name">([^<]+)</.exec(first)?.[1] ?? ''
    expect(name).toMatch(/^[A-Z][a-z]+ [a-z]+ [0-9]{3}$/)
    const said = await browser.send(`${at('forum')}/say`, { text: '<img src=x onerror=alert(1)>' })
    const text = await said.text()
    expect(text).toContain('&#60;img src=x onerror=alert(1)&#62;')
    expect(text).not.toContain('<img')
    expect(await enter('forum', 21n)).toContain(`class="name">${name}<`)
    expect(await enter('forum', 22n)).not.toContain(`class="name">${name}<`)
    const stranger = new Browser()
    expect((await stranger.send(`${at('forum')}/say`, { text: 'hello' })).status).toBe(401)
  })

  test('a review is written once', async () => {
    const browser = new Browser()
    await enter('reviews', 31n, browser)
    const publish = `${at('reviews')}/publish`
    expect((await browser.send(publish, { text: 'Good.' })).status).toBe(200)
    expect((await browser.send(publish, { text: 'Better.' })).status).toBe(409)
    const page = await new Browser().page(`${at('reviews')}/`)
    expect(page).toContain('Good.')
    expect(page).not.toContain('Better.')
  })

  test('who is banned from the stream does not come back, until the ban is lifted', async () => {
    const browser = new Browser()
    const live = await enter('stream', 41n, browser)
    const pseudonym = /name="pseudonym" value="([^"]+)"/.exec(live)?.[1] ?? ''
    const from = { from: '/studio' }
    const crossing = await browser.send(`${at('stream')}/ban`, { pseudonym }, 'cross-site')
    expect(crossing.status).toBe(403)
    const banned = await browser.send(`${at('stream')}/ban`, { pseudonym, ...from })
    expect(await banned.text()).toContain('You are banned')
    await browser.send(`${at('stream')}/leave`, {})
    await expect(browser.prove(`${at('stream')}/studio`, 41n)).rejects.toMatchObject({
      code: 'PSEUDONYM_BANNED',
    })
    await enter('stream', 42n)
    const page = await browser.page(`${at('stream')}/`)
    const id = /name="id" value="([^"]+)"/.exec(page)?.[1] ?? ''
    await browser.send(`${at('stream')}/lift`, { id })
    expect(await enter('stream', 41n)).toContain('You are live')
  })
})

describe('the rules of the town', () => {
  const ids = [...new Set(SITES.map(({ policy }) => policy))]
  const schemas = new Map(
    ['person/1', 'income/1', 'prescription/1', 'disability/1'].map(
      (id) => [id, readJson(schemaPath(id), parseSchema)] as const,
    ),
  )
  const admitted: Readonly<Record<string, string>> = {
    'over-18@1': 'Ada Mei Samir Ingrid Kofi',
    // Ada and Ingrid by age, Samir by disability; Mei and Kofi by neither, Tom has no income record.
    'winter-grant-2026@1': 'Ada Samir Ingrid',
    'refill-two@1': 'Ada Ingrid',
    'youth-forum@1': 'Tom',
    'title-review@1': 'Ada Tom Mei Samir Ingrid Kofi',
    'livestream-16@1': 'Ada Mei Samir Ingrid Kofi',
  }

  test.each(ids)('%s admits whom its story says, on any day of any year', (id) => {
    const policy = readJson(policyPath(id), (json) => parsePolicy(json, schemas))
    for (const day of ['2026-11-22', '2027-01-02', '2028-02-29', '2031-12-31']) {
      const asOf = dayFromUnixSeconds(Date.parse(day) / 1000)
      expect(() => compilePolicy(policy, schemas, asOf)).not.toThrow()
      const names = townPeople(day).flatMap(({ records }) => {
        const needed = Object.entries(policy.credentials)
        if (needed.some(([, { schema }]) => records[schema] === undefined)) return []
        const values = Object.fromEntries(
          needed.map(([alias, { schema }]) => [alias, records[schema]!]),
        ) as Record<string, Readonly<Record<string, AttributeValue>>>
        const fits = evaluatePolicy(policy, schemas, values, asOf)
        return fits ? [String(records['person/1']?.['givenName'])] : []
      })
      expect([day, names.join(' ')]).toEqual([day, admitted[id]])
    }
  })
})
