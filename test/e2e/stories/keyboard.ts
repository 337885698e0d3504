import type { Page } from 'playwright-core'

/** More presses of Tab than any page of the stories has places to stop. */
const LONGEST_WAY = 80

/** Somebody who has nothing but keys: Tab, Enter and letters. */
export class Keyboard {
  readonly #page: Page

  constructor(page: Page) {
    this.#page = page
  }

  /** Goes to what has this name and presses Enter. */
  async press(name: string): Promise<void> {
    await this.#goTo(name)
    await this.enter()
  }

  async type(label: string, text: string): Promise<void> {
    await this.#goTo(label)
    await this.#page.keyboard.type(text)
  }

  async enter(): Promise<void> {
    await this.#page.keyboard.press('Enter')
  }

  async #goTo(name: string): Promise<void> {
    const passed: string[] = []
    for (let presses = 0; presses < LONGEST_WAY; presses++) {
      const focused = await this.#focused()
      if (focused === name) return
      passed.push(focused)
      await this.#page.keyboard.press('Tab')
    }
    throw new Error(
      `the keyboard does not get to “${name}”, only to ${[...new Set(passed)].join(', ')}`,
    )
  }

  /** What has the focus: by its label, or what is written on it. A focus that nobody sees is none. */
  #focused(): Promise<string> {
    return this.#page.evaluate<string>(`{
      const element = document.activeElement
      const { outlineStyle, boxShadow } = getComputedStyle(element)
      const isSeen = outlineStyle !== 'none' || boxShadow !== 'none' || element === document.body
      const text = element.getAttribute('aria-label') ?? element.labels?.[0]?.textContent ?? element.textContent;
      (isSeen ? '' : 'unseen: ') + text.trim().replace(/\\s+/g, ' ')
    }`)
  }
}
