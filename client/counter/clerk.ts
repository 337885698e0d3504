import { render } from 'lit'
import { isLanguage } from '../../core/policy/languages/languages.ts'
import { scanPicture } from '../scanner.ts'
import { Camera } from './camera.ts'
import { Desk } from './desk.ts'
import type { DeskState } from './desk.ts'
import { clerkScreen } from './screen.ts'
import { COUNTER_WORDS } from './words.ts'

// A clerk's page: ties a desk to the one element of the document and to the camera.

const root = document.querySelector<HTMLElement>('#counter')
if (root === null) throw new TypeError('the page has no element for the counter')
start(root)

function start(element: HTMLElement): void {
  const { lang } = document.documentElement
  const desk = new Desk(isLanguage(lang) ? lang : 'en')
  const camera = new Camera(desk)
  const site = element.dataset['site'] ?? location.host
  let shown: DeskState | undefined
  const draw = (state: DeskState): void => {
    const words = COUNTER_WORDS[state.language]
    document.documentElement.lang = state.language
    document.title = words.title(site)
    const onPicture = (file: File): void => void readPicture(desk, file)
    render(clerkScreen({ site, state, desk, words, onPicture }), element)
    camera.follow(element.querySelector<HTMLVideoElement>('#camera'))
    if ((shown?.verdict === undefined) !== (state.verdict === undefined) && shown !== undefined) {
      element.querySelector('h1')?.focus()
      window.scrollTo(0, 0)
    }
    shown = state
  }
  desk.subscribe(draw)
  draw(desk.state)
  void desk.ask()
}

async function readPicture(desk: Desk, file: File): Promise<void> {
  // A file that is no picture has no code, either.
  const text = await scanPicture(file).catch(() => undefined)
  if (text === undefined) desk.fail('no-code')
  else await desk.take(text)
}
