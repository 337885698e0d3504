import type { Request, RequestHandler } from 'express'
import { EN } from './words/en.ts'
import type { Words } from './words/en.ts'
import { ZH_HANS } from './words/zh-hans.ts'

/** Languages the town speaks, by BCP 47 tag, each with its own name for itself. */
export const LANGUAGES = [
  { tag: 'en', title: 'English', words: EN },
  { tag: 'zh-Hans', title: '中文', words: ZH_HANS },
] as const

export type LanguageTag = (typeof LANGUAGES)[number]['tag']

export interface Speech {
  readonly tag: LanguageTag
  readonly words: Words
}

/** Cookies know no ports: what is chosen on one site of the town holds on all of them. */
const COOKIE = 'town-language'
/** Seconds. */
const YEAR = 31_536_000

/** The language that a visitor has chosen, else the one that the browser prefers. */
export function speechOf(request: Request): Speech {
  const tag = chosen(request) ?? preferred(request)
  return LANGUAGES.find((language) => language.tag === tag) ?? LANGUAGES[0]
}

/** Answers `?lang=…`: keeps the choice and leads back to the page without it. */
export const languageSwitch: RequestHandler = (request, response, next) => {
  const { lang } = request.query
  const language = LANGUAGES.find(({ tag }) => tag === lang)
  if (request.method !== 'GET' || language === undefined) {
    next()
    return
  }
  const attributes = `Path=/; Max-Age=${YEAR}; SameSite=Lax`
  response.append('set-cookie', `${COOKIE}=${language.tag}; ${attributes}`)
  response.redirect(303, ownPath(request))
}

/** Where the visitor is, without the choice. Browsers read `//` as an address of another host. */
function ownPath({ path, originalUrl }: Request): string {
  const query = new URLSearchParams(originalUrl.split('?')[1])
  query.delete('lang')
  const rest = query.size === 0 ? '' : `?${query.toString()}`
  return `/${path.replace(/^[/\\]+/, '')}${rest}`
}

function chosen(request: Request): string | undefined {
  const pairs = (request.get('cookie') ?? '').split(';').map((pair) => pair.trim().split('='))
  return pairs.find(([name]) => name === COOKIE)?.[1]
}

/** Any Chinese is more like ours than English is. */
function preferred(request: Request): LanguageTag {
  for (const tag of request.acceptsLanguages()) {
    if (/^zh\b/i.test(tag)) return 'zh-Hans'
    if (/^en\b/i.test(tag)) return 'en'
  }
  return 'en'
}
