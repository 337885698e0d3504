import encodeQR from 'qr'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import {
  agree,
  askOffice,
  goToGate,
  linkAtGate,
  makeWallet,
  paste,
  readQuestion,
  takeByLink,
  unlock,
} from './stories/acts.ts'
import { Person } from './stories/person.ts'
import { startWorld } from './stories/world.ts'
import type { World } from './stories/world.ts'

// What can go wrong around a wallet: each has words that a person understands, and loses nothing.

const CARD = 'Person'
const ZKEY = /\.zkey(\?|$)/
let world: World
let ada: Person

beforeAll(async () => {
  world = await startWorld()
  ada = await Person.arrive(world, 'trouble')
  await makeWallet(ada)
})
afterAll(async () => {
  await ada.leave()
  await world.stop()
})
afterEach(async () => {
  await ada.context.unrouteAll({ behavior: 'ignoreErrors' })
  await ada.context.setOffline(false)
})

describe('an offer', () => {
  test('outlives a proving key that was tampered with, and a browser that is full', async () => {
    const { link, code } = await askOffice(ada, 'civil-registry', 'T000001', CARD)
    await ada.context.route(ZKEY, async (route) => {
      const response = await route.fetch()
      const body = await response.body()
      body[body.length >> 1] = (body[body.length >> 1] ?? 0) ^ 1
      await route.fulfill({ response, body })
    })
    await ada.inWallet(async () => {
      await paste(ada, link)
      await ada.field(ada.words.offer.code).fill(code)
      await ada.button(ada.words.offer.take).click()
      await ada.saysProblem('ARTIFACT_INVALID')
      await ada.look('wallet tampered artefact')
      await ada.context.unrouteAll()

      const restore = await fillStorage(ada)
      await ada.button(ada.words.offer.take).click()
      await ada.saysProblem('STORAGE_FULL')
      await ada.look('wallet storage full')
      await restore()

      await ada.button(ada.words.offer.take).click()
      await ada.arriveAt(ada.words.titles.received)
      expect(await cards()).toEqual([CARD])
    })
  })

  test('that is no offer any more says so', async () => {
    await ada.inWallet(async () => {
      await paste(ada, `${world.at('wallet')}/#credential_offer_uri=nowhere`)
      await ada.saysProblem('ADDRESS_REFUSED')
      expect(await cards()).toEqual([CARD])
    })
  })
})

describe('a question', () => {
  test('that was tampered with is not shown; the true one is', async () => {
    await goToGate(ada, 'shop')
    const link = await linkAtGate(ada)
    await ada.inWallet(async () => {
      for (const [text, code] of [
        [link.slice(0, link.indexOf('request_uri=') + 20), 'REQUEST_INVALID'],
        // Another host than the one that has signed, and a request of another host.
        [link.replaceAll(hostOf('shop'), hostOf('forum')), 'ADDRESS_REFUSED'],
        [link.replace('did%3Aweb%3Alocalhost', 'did%3Aweb%3Aother'), 'ADDRESS_REFUSED'],
      ] as const) {
        await paste(ada, text)
        await ada.saysProblem(code)
        await ada.look(`wallet tampered link ${code}`)
      }
      await show(ada.page, Uint8Array.of(1, 2, 3))
      await ada.saysProblem('NO_CODE_SEEN')
      await show(ada.page, encodeQR(`${link.slice(0, 60)}x`, 'gif', { scale: 4 }))
      await ada.saysProblem('REQUEST_INVALID')
      await show(ada.page, encodeQR(link, 'gif', { scale: 4 }))
      await readQuestion(ada, 'shop')
    })
  })

  test('waits while the wallet is locked', async () => {
    await goToGate(ada, 'shop')
    const link = await linkAtGate(ada)
    await ada.inWallet(async () => {
      await paste(ada, link)
      await readQuestion(ada, 'shop')
      await ada.button(ada.words.common.lock).click()
      await ada.arriveAt(ada.words.titles.unlock)
      expect(await ada.text()).toContain(ada.words.unlock.waitingRequest)
      expect(await ada.text()).not.toContain(hostOf('shop'))
      await ada.look('wallet locked with a question')
      await ada.field(ada.words.passphrase.label).fill('wrong')
      await ada.button(ada.words.unlock.submit).click()
      await ada.saysProblem('UNLOCK_FAILED')
      await unlock(ada)
      await readQuestion(ada, 'shop')
    })
  })

  test('that has expired says so, and nothing was sent', async () => {
    await goToGate(ada, 'reviews')
    const link = await linkAtGate(ada)
    await ada.inWallet(async () => {
      await paste(ada, link)
      await readQuestion(ada, 'reviews')
      await passAnHourAtNextPress(ada)
      await ada.button(ada.words.request.agree).click()
      await ada.page.getByText(ada.words.request.expired).waitFor()
      await ada.look('wallet expired')
      expect(await ada.button(ada.words.request.agree).count()).toBe(0)
    })
    await ada.closeWallet()
  })

  test('can be answered after the tab was closed in the middle of the proof', async () => {
    await goToGate(ada, 'reviews')
    const link = await linkAtGate(ada)
    await ada.context.route(/\/artifacts\/eligibility-1\/.*\.wasm/, () => undefined)
    await ada.inWallet(async () => {
      await paste(ada, link)
      await readQuestion(ada, 'reviews')
      await agree(ada)
      await ada.arriveAt(ada.words.titles.proving)
      await ada.look('wallet proving')
    })
    await ada.closeWallet()
    await ada.context.unrouteAll({ behavior: 'ignoreErrors' })
    await ada.inWallet(async () => {
      expect(await cards()).toEqual([CARD])
      await paste(ada, link)
      await readQuestion(ada, 'reviews')
      expect(await ada.button(ada.words.request.agree).count()).toBe(1)
    })
  })

  test('can be answered when the network comes back, also if the site’s word was lost', async () => {
    await ada.inWallet(async () => {
      await ada.context.setOffline(true)
      await agree(ada)
      await ada.saysProblem('FETCH_FAILED')
      await ada.look('wallet offline')
      await ada.context.setOffline(false)

      let answers = 0
      await ada.context.route(/\/oid4vp\/response\//, async (route) => {
        answers += 1
        if (answers > 1) await route.continue()
        else {
          await route.fetch()
          await route.abort()
        }
      })
      await agree(ada)
      await ada.saysProblem('FETCH_FAILED')
      expect(answers).toBe(1)
      await agree(ada)
      await ada.arriveAt(ada.words.titles.answered)
    })
    await ada.arriveAt(ada.town.sites.reviews.insideHeading)
  })

  test('of another visit cannot be answered with the same code', async () => {
    await ada.button(ada.town.sites.reviews.leave).click()
    await goToGate(ada, 'reviews')
    const link = await linkAtGate(ada)
    await ada.inWallet(async () => {
      await paste(ada, link)
      await readQuestion(ada, 'reviews')
      // The word about the first answer got lost: only now the wallet learns that its code counted.
      await agree(ada)
      await ada.saysProblem('PSEUDONYM_USED')
      await paste(ada, link)
      await readQuestion(ada, 'reviews')
      await ada.obstacleIs('USE_EXHAUSTED')
    })
  })
})

describe('a wallet', () => {
  test('shows its cards without a network, and has a card that cannot be fetched later', async () => {
    await takeByLink(ada, 'tax-office', 'T000001', 'Income and benefits')
    await ada.closeWallet()
    await ada.context.setOffline(true)
    await ada.inWallet(async () => {
      expect(await cards()).toEqual([CARD, 'Income and benefits'])
      await ada.look('wallet cards offline')
    })
  })

  test('has complained to nobody', () => {
    const unexpected = ada.complaints.filter(
      (line) => !/ERR_(FAILED|INTERNET_DISCONNECTED)|404|409/.test(line),
    )
    expect(unexpected).toEqual([])
  })
})

/** Titles of the cards in the open wallet. */
async function cards(): Promise<string[]> {
  await ada.link(ada.words.nav.cards).click()
  await ada.arriveAt(ada.words.titles.cards)
  return ada.page.locator('.card h2').allInnerTexts()
}

/** Every write fails as it does in a browser without space. @returns What gives the space back. */
async function fillStorage({ page }: Person): Promise<() => Promise<void>> {
  await page.evaluate(`{
    const { put } = IDBObjectStore.prototype
    globalThis.freeSpace = () => { IDBObjectStore.prototype.put = put }
    IDBObjectStore.prototype.put = () => { throw new DOMException('full', 'QuotaExceededError') }
  }`)
  return () => page.evaluate('freeSpace()')
}

/**
 * The hour is over in the moment in which the person comes back and presses: any earlier, and a wallet
 * that looks at its clock in between sees that nobody is there, and locks.
 */
async function passAnHourAtNextPress({ page }: Person): Promise<void> {
  await page.evaluate(`addEventListener('pointerdown', () => {
    const { now } = Date
    Date.now = () => now() + 3_600_000
  }, { capture: true, once: true })`)
}

/** Gives the wallet a picture. */
async function show(page: Page, bytes: Uint8Array): Promise<void> {
  await page.locator('#picture').setInputFiles({
    name: 'code.gif',
    mimeType: 'image/gif',
    buffer: Buffer.from(bytes),
  })
}

function hostOf(name: string): string {
  return encodeURIComponent(new URL(world.at(name)).host)
}
