import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from 'playwright-core'
import { wordsOf } from '../../../client/app/words/words.ts'
import type { Words } from '../../../client/app/words/words.ts'
import type { HolderCode, OwnProblem } from '../../../client/app/words/problems.ts'
import type { Language } from '../../../core/policy/languages/languages.ts'
import { LANGUAGES } from '../../../scripts/zerocard/town/sites/language.ts'
import { EN } from '../../../scripts/zerocard/town/sites/words/en.ts'
import type { Words as TownWords } from '../../../scripts/zerocard/town/sites/words/en.ts'
import { GATE_WORDS } from '../../../server/express/gate-words.ts'
import type { GateWords } from '../../../server/express/gate-words.ts'
import { launchBrowser } from '../../support/browser.ts'
import { isDeep } from './world.ts'
import type { World } from './world.ts'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const AXE = readFileSync(here('../../../node_modules/axe-core/axe.min.js'), 'utf8')
/** Kept after the run, to be looked at. */
const PICTURES = here('../../../artifacts/screenshots')

export const PASSPHRASE = 'seven quiet lamps'

/** Drawing pages takes as long as playing the stories: in the deep run, or when asked for. */
const takesPictures = isDeep || process.env['ZEROCARD_PICTURES'] === '1'

/** Widths and colours in which each page is looked at; `npm test` takes one of the first two. */
const LOOKS = [
  { name: '360-light', width: 360, height: 740, colorScheme: 'light' },
  { name: '1280-dark', width: 1280, height: 900, colorScheme: 'dark' },
  { name: '360-dark', width: 360, height: 740, colorScheme: 'dark' },
  { name: '1280-light', width: 1280, height: 900, colorScheme: 'light' },
] as const

/** Milliseconds for whatever a person waits for: a real proof on a busy machine is the longest. */
const PATIENCE = 40_000

/** A gate's answer, a code that is banned, a session that is over. */
const REFUSALS = [401, 403, 410]

/** Problems of which the wallet does not say that nothing is lost. */
const UNSAFE: readonly string[] = ['STORAGE_FAILED', 'STORAGE_FULL']

/** Somebody with a browser of their own, and the words that their pages speak. */
export class Person {
  readonly #world: World
  readonly #browser: Browser
  readonly name: string
  readonly context: BrowserContext
  /** What is wrong with the pages that were seen: violations, overflow, errors of the console. */
  readonly complaints: string[] = []
  readonly language: Language
  readonly town: TownWords
  readonly words: Words
  /** What the pages said that were looked at, by title. */
  readonly texts = new Map<string, string>()
  /** The tab in front of the person. */
  page: Page
  /** The 24 words of the wallet, once it is made. */
  phrase: readonly string[] = []
  readonly #seen: Set<string>
  #wallet: Page | undefined
  #pictures = 0

  private constructor(
    world: World,
    name: string,
    browser: Browser,
    context: BrowserContext,
    page: Page,
    language: Language,
    seen: Set<string>,
  ) {
    this.#seen = seen
    this.#world = world
    this.#browser = browser
    this.name = name
    this.context = context
    this.page = page
    this.language = language
    this.town = LANGUAGES.find(({ tag }) => tag === language)?.words ?? EN
    this.words = wordsOf(language)
    this.#listen(page)
    context.on('page', (other) => this.#listen(other))
  }

  /** @param seen - Titles of pages that need no closer look any more. */
  static async arrive(
    world: World,
    name: string,
    options: BrowserContextOptions = {},
    seen = new Set<string>(),
  ): Promise<Person> {
    rmSync(join(PICTURES, name), { recursive: true, force: true })
    const browser = await launchBrowser()
    const context = await browser.newContext({
      locale: 'en-GB',
      reducedMotion: 'reduce',
      viewport: { width: 1280, height: 900 },
      ...options,
    })
    const language = options.locale?.startsWith('zh') === true ? 'zh-Hans' : 'en'
    const page = await newPage(context)
    return new Person(world, name, browser, context, page, language, seen)
  }

  async leave(): Promise<void> {
    await this.#browser.close()
  }

  /** Does something in the tab that has the wallet, which stays open. */
  async inWallet(action: () => Promise<void>): Promise<void> {
    const site = this.page
    this.#wallet ??= await this.#openWallet()
    this.page = this.#wallet
    await this.page.bringToFront()
    try {
      await action()
    } finally {
      this.page = site
      await this.page.bringToFront()
    }
  }

  async #openWallet(): Promise<Page> {
    const page = await this.context.newPage()
    await page.goto(`${this.at('wallet')}/`)
    await page.getByLabel(this.words.passphrase.label, { exact: true }).fill(PASSPHRASE)
    await page.getByRole('button', { name: this.words.unlock.submit, exact: true }).click()
    await page.getByRole('heading', { level: 1, name: this.words.titles.cards }).waitFor()
    return page
  }

  get gate(): GateWords {
    return GATE_WORDS[this.language]
  }

  at(name: string): string {
    return this.#world.at(name)
  }

  async go(place: string, path = '/'): Promise<void> {
    await this.page.goto(this.at(place) + path)
  }

  /** The next thing that is done in the wallet is done in a new tab. */
  async closeWallet(): Promise<void> {
    await this.#wallet?.close()
    this.#wallet = undefined
  }

  link(name: string): Locator {
    return this.page.getByRole('link', { name, exact: true })
  }

  field(label: string): Locator {
    return this.page.getByLabel(label, { exact: true })
  }

  button(name: string): Locator {
    return this.page.getByRole('button', { name, exact: true })
  }

  /** Waits until a page with this heading is there. */
  async arriveAt(heading: string): Promise<void> {
    const place = this.page.getByRole('heading', { level: 1, name: heading, exact: true })
    await place.waitFor().catch(async () => {
      throw new Error(`not at “${heading}”, but: ${await this.text()}`)
    })
  }

  /** What the page says, as one line. */
  async text(): Promise<string> {
    return (await this.page.locator('body').innerText()).replace(/\s+/g, ' ')
  }

  /** Waits until the wallet says what went wrong, and that nothing is lost. */
  async saysProblem(code: HolderCode | OwnProblem): Promise<void> {
    const { problems, common } = this.words
    const sentence = { ...problems.codes, ...problems.own }[code]
    const alert = this.page.locator('.problem[role=alert]')
    await alert
      .getByText(sentence[0])
      .waitFor()
      .catch(async () => {
        throw new Error(`no ${code}, but: ${await this.text()}`)
      })
    const text = (await alert.innerText()).replace(/\s+/g, ' ')
    const safe = UNSAFE.includes(code) ? [] : [common.nothingLost]
    for (const part of [...sentence, ...safe]) {
      if (!text.includes(part)) throw new Error(`the wallet says “${text}” and not “${part}”`)
    }
  }

  /** Waits until the wallet says why a question cannot be answered, and to whom this is told. */
  async obstacleIs(code: HolderCode): Promise<void> {
    const { problems, request } = this.words
    const text = await this.page.locator('.decision .problem').innerText()
    for (const part of [request.cannot, ...problems.codes[code], request.onlyYou]) {
      if (!text.includes(part)) throw new Error(`the wallet says “${text}” and not “${part}”`)
    }
  }

  /** Looks closely at a page that is new: takes its picture, and notes what is wrong with it. */
  async look(title: string): Promise<void> {
    if (this.#seen.has(title)) return
    this.#seen.add(title)
    this.#pictures += 1
    const number = String(this.#pictures).padStart(2, '0')
    this.texts.set(title, await this.text())
    const before = this.page.viewportSize()
    const looks = isDeep ? LOOKS : LOOKS.slice(this.#pictures % 2).slice(0, 1)
    for (const look of looks) {
      await this.page.emulateMedia({ colorScheme: look.colorScheme })
      await this.page.setViewportSize(look)
      await this.#judge(`${title}, ${look.name}`)
      if (takesPictures) await this.#picture(`${number}-${title}-${look.name}`)
    }
    if (before !== null) await this.page.setViewportSize(before)
  }

  async #picture(name: string): Promise<void> {
    const folder = join(PICTURES, this.name)
    mkdirSync(folder, { recursive: true })
    const path = join(folder, `${name.replaceAll(' ', '-')}.png`)
    await this.page.screenshot({ path, fullPage: true })
  }

  async #judge(title: string): Promise<void> {
    const note = (faults: readonly string[]): void => {
      this.complaints.push(...faults.map((fault) => `${title} (${this.page.url()}): ${fault}`))
    }
    await this.page.evaluate(AXE)
    note(
      await this.page.evaluate<string[]>(`
        axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) =>
          violations.map(({ id, nodes }) => id + ' ' + nodes.map(({ html }) => html).join(' ')))`),
    )
    const isWide = await this.page.evaluate<boolean>(
      'document.documentElement.scrollWidth > document.documentElement.clientWidth',
    )
    if (isWide) note(['wider than the screen'])
  }

  #listen(page: Page): void {
    page.on('pageerror', (error) => this.complaints.push(`${page.url()}: ${String(error)}`))
    page.on('console', (message) => {
      const { url } = message.location()
      // Browsers write down every status of a refusal, which here are part of the stories.
      const isRefusal = REFUSALS.some((status) => message.text().includes(`status of ${status} `))
      if (message.type() === 'error' && !isRefusal) {
        this.complaints.push(`${page.url()}: ${message.text()} ${url}`)
      }
    })
  }
}

async function newPage(context: BrowserContext): Promise<Page> {
  context.setDefaultTimeout(PATIENCE)
  return context.newPage()
}
