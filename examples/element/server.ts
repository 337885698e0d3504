import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import express from 'express'
import type { Express } from 'express'
import { elementTag, zerocard } from 'zerocard/express'
import type { MountOptions } from 'zerocard/express'
import { openArtifacts } from 'zerocard/node'
import { verifyResultToken } from 'zerocard/server'

/** A site with a page that asks, and a server that looks at what the page got. */
export interface Site {
  readonly app: Express
  readonly ready: Promise<void>
  readonly close: () => Promise<void>
}

const POLICY = 'over-18@1'

const STYLE = `
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif }
body { margin: 0 auto; padding: 1rem; max-width: 40rem }
form { display: grid; gap: 1rem; justify-items: start }
zero-card { width: 100% }
form > button { font: inherit; min-height: 2.75rem; padding: .5rem 1.1rem }
`

/** @param origin - The site's own, `baseUrl` of its configuration. */
export function createSite(
  options: MountOptions & { readonly files: { readonly element: string } },
  origin: string,
  policy = POLICY,
): Site {
  const verifier = zerocard(options)
  const { clock = () => Math.floor(Date.now() / 1000) } = options
  const { html: tag } = elementTag(readFileSync(options.files.element))
  /** Answers that have let somebody in: each does once. */
  const used = new Set<string>()
  const app = express()
  app.use(verifier)
  app.use((_request, response, next) => {
    response.set('content-security-policy', "default-src 'self'; frame-ancestors 'none'")
    next()
  })
  app.get('/style.css', (_request, response) => void response.type('css').send(STYLE))
  app.get('/', (_request, response) => {
    // Only an answer to this visitor's own challenge lets this visitor in.
    const challenge = randomBytes(16).toString('base64url')
    response.cookie('visit', challenge, { httpOnly: true, sameSite: 'lax' })
    response.send(pageOf(policy, challenge, tag))
  })
  app.post('/enter', express.urlencoded({ extended: false }), async (request, response) => {
    const { token = '' } = (request.body ?? {}) as { token?: string }
    const nonce = /(?:^|; )visit=([\w-]+)/.exec(request.get('cookie') ?? '')?.[1] ?? ''
    const keys = await verifier.resultKeys()
    const expected = { issuer: origin, audience: origin, policy, nonce, keys, now: clock() }
    const result = await verifyResultToken(token, expected).catch(() => undefined)
    if (result === undefined || used.has(result.session)) {
      response.status(403).send('This needs a proof.')
      return
    }
    used.add(result.session)
    response.send(`Welcome. You have proven ${result.policy}; we know nothing else.`)
  })
  return { app, ready: verifier.ready, close: () => verifier.close() }
}

function pageOf(policy: string, challenge: string, tag: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Wine shop</title>
<link rel="stylesheet" href="/style.css">
${tag}
<main>
<h1>Wine shop</h1>
<form method="post" action="/enter">
<zero-card policy="${policy}" challenge="${challenge}" name="token" required>
<p>Wine is for people of 18 years and older.</p>
</zero-card>
<button>Enter</button>
</form>
</main>
`
}

if (import.meta.main) {
  const [config = 'verifier.json', element = 'artifacts/web/zero-card.js', port = '4000'] =
    process.argv.slice(2)
  const { baseUrl } = JSON.parse(readFileSync(config, 'utf8')) as { baseUrl: string }
  const { accepted: keys } = await openArtifacts() // what `npm run build` made
  createSite({ config, keys, files: { element } }, baseUrl).app.listen(Number(port))
}
