import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { en } from '../../client/app/words/en.ts'
import { schemaWords, parseSchema } from '../../core/schema.ts'
import { GATE_WORDS } from '../../server/express/gate-words.ts'
import { readJson } from '../../scripts/zerocard/files.ts'
import { schemaPath } from '../../scripts/zerocard/town/configs.ts'
import { EN } from '../../scripts/zerocard/town/sites/words/en.ts'
import { hostOf, makeWallet, siteOf, takeCredential, visit } from './stories/acts.ts'
import { Keyboard } from './stories/keyboard.ts'
import { PASSPHRASE, Person } from './stories/person.ts'
import { startWorld } from './stories/world.ts'
import type { World } from './stories/world.ts'

// The same story for people without a mouse, and for people who read Chinese.

let world: World

beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.stop())

describe('a person with a keyboard', () => {
  let ada: Person

  beforeAll(async () => {
    ada = await Person.arrive(world, 'keyboard')
  })
  afterAll(() => ada.leave())

  test('gets from the portal to a card and into the shop', async () => {
    const keyboard = new Keyboard(ada.page)
    const { words, town } = ada
    await ada.go('portal')
    await keyboard.press(town.portal.open)
    await ada.arriveAt(words.titles.first)
    await keyboard.press(words.first.make)
    await keyboard.type(words.passphrase.label, PASSPHRASE)
    await keyboard.type(words.passphrase.repeat, PASSPHRASE)
    await keyboard.enter()
    await ada.arriveAt(words.titles.phrase)
    const phrase = await ada.page.locator('.phrase li').allInnerTexts()
    await keyboard.press(words.phrase.kept)
    await ada.arriveAt(words.titles.check)
    for (const label of await ada.page.locator('form label').allInnerTexts()) {
      await keyboard.type(label, phrase[Number(/[0-9]+/.exec(label)?.[0]) - 1] ?? '')
    }
    await keyboard.enter()
    await ada.arriveAt(words.titles.cards)

    await ada.go('portal')
    await keyboard.press(town.offices['civil-registry'].title)
    await ada.arriveAt(town.offices['civil-registry'].title)
    await keyboard.press('Ada Novak')
    await ada.arriveAt('Ada Novak')
    await keyboard.press(`${town.desk.give}: Person`)
    const code = await ada.page.locator('.letter .code').innerText()
    await keyboard.press(town.desk.openWallet)
    await unlockWith(keyboard)
    await ada.arriveAt(words.titles.offer)
    await keyboard.type(words.offer.code, code)
    await keyboard.enter()
    await ada.arriveAt(words.titles.received)

    await ada.go('portal')
    await keyboard.press(town.sites.shop.title)
    await ada.arriveAt(town.sites.shop.heading)
    await keyboard.press(town.sites.shop.enter)
    await ada.arriveAt(ada.gate.heading(siteOf('shop').title))
    await keyboard.press(ada.gate.openHere)
    await unlockWith(keyboard)
    await ada.arriveAt(words.request.title(hostOf(ada.at('shop'))))
    await keyboard.press(words.request.agree)
    await ada.arriveAt(words.titles.answered)
    await keyboard.press(words.outcome.back(hostOf(ada.at('shop'))))
    await ada.arriveAt(town.sites.shop.insideHeading)
    await keyboard.press(town.site.view)
    expect(await ada.text()).toContain('"policy": "over-18@1"')
    expect(ada.complaints).toEqual([])
  })

  async function unlockWith(keyboard: Keyboard): Promise<void> {
    await ada.arriveAt(ada.words.titles.unlock)
    await keyboard.type(ada.words.passphrase.label, PASSPHRASE)
    await keyboard.enter()
  }
})

describe('a person who reads Chinese', () => {
  test('reads Chinese on the portal, at the office, in the wallet, at the gate and in the shop', async () => {
    const li = await Person.arrive(world, 'chinese', { locale: 'zh-CN' })
    const person = readJson(schemaPath('person/1'), parseSchema)
    await makeWallet(li)
    await takeCredential(li, 'civil-registry', 'T000003', schemaWords(person, 'zh-Hans').title)
    await visit(li, 'shop')
    expect([...li.texts.keys()]).toEqual(
      expect.arrayContaining(['portal', 'shop gate', 'shop inside']),
    )
    const english = [...textsIn(en), ...textsIn(GATE_WORDS.en), ...textsIn(EN)]
    for (const [title, text] of li.texts) {
      expect(text, title).toMatch(/[\u4e00-\u9fff]{4}/)
      expect([title, ...english.filter((sentence) => text.includes(sentence))]).toEqual([title])
    }
    expect(li.complaints).toEqual([])
    await li.leave()
  })

  test('the search for English sentences finds them on an English page', () => {
    const page = `${en.create.intro} ${EN.portal.lead}`
    expect([...textsIn(en), ...textsIn(EN)].filter((one) => page.includes(one)).length).toBe(2)
  })
})

/** Every sentence of a catalogue; names and single words are left out. */
function textsIn(words: unknown): string[] {
  if (typeof words === 'string') return words.split(' ').length > 2 ? [words] : []
  if (typeof words !== 'object' || words === null) return []
  return Object.entries(words).flatMap(([name, value]) =>
    // Sites are called in gates and questions what they call themselves.
    name === 'title' ? [] : textsIn(value),
  )
}
