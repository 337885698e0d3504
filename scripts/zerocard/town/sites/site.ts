import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Express, Request, RequestHandler, Response } from 'express'
import type { AcceptedKeys } from '../../../../core/verify.ts'
import { GateCookie } from '../../../../server/express/cookie.ts'
import { counter, requireProof, zerocard } from '../../../../server/express/index.ts'
import type { Mounted } from '../../../../server/express/index.ts'
import { mountedIn } from '../../../../server/express/mount.ts'
import { verifiedOf, visitOf } from '../../../../server/express/visit.ts'
import type { SessionView } from '../../../../server/verifier/session-desk.ts'
import { SITES } from '../plan.ts'
import type { SiteName, TownSite } from '../plan.ts'
import { createApplication, ownForm } from './application.ts'
import type { SitesFile } from './config.ts'
import { speechOf } from './language.ts'
import { markup } from './markup.ts'
import type { Content, Markup } from './markup.ts'
import { jsonBlock, listOf, sendPage } from './page.ts'
import { Posts } from './posts.ts'
import { VerifierRecords } from './records.ts'
import type { SiteWords, Words } from './words/en.ts'

/** As `npm run build` makes it. */
const COUNTER_SCRIPT = fileURLToPath(
  new URL('../../../../artifacts/web/counter.js', import.meta.url),
)

/** What a site adds to the frame that all have. */
export interface SiteExtras {
  /** On the first page, below the button. */
  readonly outside?: (facts: SiteFacts) => Content | Promise<Content>
  /** On the page that the proof opens. */
  readonly inside?: (facts: SiteFacts) => Content | Promise<Content>
  readonly routes?: (app: Express, tools: SiteTools) => void
}

export interface SiteTools {
  readonly site: TownSite
  readonly records: VerifierRecords
  readonly posts: Posts
  /** Whether there is the script that clerks' pages need. */
  readonly hasCounter: boolean
  /** Lets pass whoever has proven what the site asks. */
  readonly gate: RequestHandler
}

export interface SiteFacts extends SiteTools {
  readonly words: Words
  readonly own: SiteWords
  readonly request: Request
  readonly response: Response
  /** What the verifier says of this visit, if there was a proof. */
  readonly view: SessionView | undefined
}

/** A site that can be served. */
export interface OpenSite {
  readonly name: SiteName
  readonly origin: string
  readonly app: Express
  readonly ready: Promise<void>
  close(): Promise<void>
}

/** A site with a verifier of its own inside, as a real one would have. */
export function openSite(
  { name, origin, config }: SitesFile['sites'][number],
  portal: string,
  keys: AcceptedKeys,
  extras: SiteExtras,
): OpenSite {
  const site = SITES.find((candidate) => candidate.name === name) as TownSite
  const folder = dirname(config)
  const hasCounter = site.counter !== undefined && existsSync(COUNTER_SCRIPT)
  const files = hasCounter ? { counter: COUNTER_SCRIPT } : {}
  const mounted = zerocard({ config, keys, files })
  const tools: SiteTools = {
    site,
    hasCounter,
    records: new VerifierRecords(join(folder, 'state.sqlite')),
    posts: new Posts(join(folder, 'posts.sqlite')),
    gate: requireProof(site.policy, { language: (request) => speechOf(request).tag }),
  }
  const owner = { title: (words: Words) => words.sites[name].title, portal }
  const app = createApplication(owner, (app) => {
    addRoutes(app, tools, mounted, portal, extras)
  })
  const close = async (): Promise<void> => {
    await mounted.close()
    tools.posts.close()
  }
  return { name, origin, app, ready: mounted.ready, close }
}

function addRoutes(
  app: Express,
  tools: SiteTools,
  mounted: Mounted,
  portal: string,
  extras: SiteExtras,
): void {
  const { site, gate, hasCounter } = tools
  app.use(mounted)
  if (site.counter !== undefined && hasCounter) {
    const language = (request: Request) => speechOf(request).tag
    app.all(site.counter.path, counter(site.counter.policy, { language }))
  }
  app.get('/', async (request, response) => {
    await sendSitePage(request, response, tools, portal, async (facts) => [
      outsideOf(facts),
      await extras.outside?.(facts),
    ])
  })
  app.get(site.path, gate, async (request, response) => {
    await sendSitePage(request, response, tools, portal, async (facts) => [
      insideOf(facts),
      await extras.inside?.(facts),
      leaveForm(facts),
    ])
  })
  app.post('/leave', ownForm, (_request: Request, response: Response) => {
    const isHttps = mountedIn(response).isHttps
    for (const flow of ['same-device', 'cross-device'] as const) {
      response.append('set-cookie', new GateCookie(site.policy, flow, isHttps).clear())
    }
    response.redirect(303, '/?left=1')
  })
  extras.routes?.(app, tools)
}

async function sendSitePage(
  request: Request,
  response: Response,
  tools: SiteTools,
  portal: string,
  write: (facts: SiteFacts) => Promise<Content>,
): Promise<void> {
  const { verifier, isHttps } = mountedIn(response)
  const { site } = tools
  const visit = await visitOf(verifier.sessions, site.policy, request.get('cookie'), isHttps)
  const view = verifiedOf(visit)
  const { words } = speechOf(request)
  const facts = { ...tools, words, own: words.sites[site.name], request, response, view }
  const content = [await write(facts), learnedBoxes(facts)]
  const { title } = facts.own
  sendPage(request, response, 200, () => ({ title, owner: title, portal, content }))
}

function outsideOf({ own, site, request, words, hasCounter }: SiteFacts): Markup {
  return markup`<h1>${own.heading}</h1>
${request.query['left'] === '1' ? markup`<p class="notice" role="status">${own.again}</p>` : ''}
<p class="lead">${own.intro}</p>
<p><a class="button" href="${site.path}">${own.enter}</a></p>
${
  site.counter === undefined || !hasCounter
    ? ''
    : markup`<section class="box" aria-labelledby="at-counter"><h2 id="at-counter">${words.counter.link}</h2>
<p>${words.counter.text}</p>
<p><a class="button" href="${site.counter.path}">${words.counter.link}</a></p></section>`
}`
}

function insideOf({ own }: SiteFacts): Markup {
  return markup`<h1>${own.insideHeading}</h1>
<p class="lead">${own.inside}</p>`
}

function leaveForm({ own, words }: SiteFacts): Markup {
  return markup`<form method="post" action="/leave"><button class="quiet">${own.leave}</button></form>
<p class="small">${words.site.fresh}</p>`
}

/** On every page: what the site knows now, from where it knows it, and what it cannot know. */
function learnedBoxes({ own, words, view, records }: SiteFacts): Markup {
  const { site } = words
  const details =
    view === undefined
      ? markup`<p>${site.nothing}</p>`
      : markup`<p>${own.learned}</p>
${jsonBlock(site.view, view)}
${jsonBlock(site.row, records.session(view.id))}`
  return markup`<div class="boxes">
<section class="box" aria-labelledby="learned"><h2 id="learned">${site.learned}</h2>
${details}
${jsonBlock(site.names, records.uses())}</section>
<section class="box" aria-labelledby="never"><h2 id="never">${site.never}</h2>
${listOf([...own.never, ...site.everywhere])}</section>
</div>`
}
