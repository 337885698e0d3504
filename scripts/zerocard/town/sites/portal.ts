import type { Express } from 'express'
import { createApplication } from './application.ts'
import type { SitesFile } from './config.ts'
import { addDesks } from './desk.ts'
import { markup } from './markup.ts'
import type { Markup } from './markup.ts'
import { listOf, sendPage } from './page.ts'
import type { OfficeName, Words } from './words/en.ts'

/** The town's first page, and the desks of its offices. */
export function createPortal(file: SitesFile): Express {
  const { portal } = file
  const owner = { title: (words: Words) => words.portal.title, portal }
  return createApplication(owner, (app) => {
    app.get('/', (request, response) => {
      sendPage(request, response, 200, ({ words }) => ({
        title: words.portal.title,
        owner: words.portal.title,
        portal,
        content: story(file, words),
      }))
    })
    addDesks(app, file)
  })
}

function story(file: SitesFile, words: Words): Markup {
  const { portal } = words
  return markup`<h1>${portal.title}</h1>
<p class="lead">${portal.lead}</p>
<section aria-labelledby="how"><h2 id="how">${portal.how}</h2>
<ol>${portal.steps.map((step) => markup`<li>${step}</li>`)}</ol>
<p>${portal.who}</p></section>
<section aria-labelledby="wallet"><h2 id="wallet"><span class="number">1</span> ${portal.wallet}</h2>
<p>${portal.walletStory}</p>
<p><a class="button" href="${file.wallet}/">${portal.open}</a></p></section>
<section aria-labelledby="offices"><h2 id="offices"><span class="number">2</span> ${portal.offices}</h2>
<ul class="places pairs">${file.offices.map(({ name }) => {
    const { title, story } = words.offices[name as OfficeName]
    return place(`/offices/${name}`, title, story)
  })}</ul></section>
<section aria-labelledby="sites"><h2 id="sites"><span class="number">3</span> ${portal.sites}</h2>
<ul class="places">${file.sites.map(({ name, origin }) => {
    const { title, story } = words.sites[name]
    return place(`${origin}/`, title, story)
  })}</ul></section>
<section aria-labelledby="reset"><h2 id="reset">${portal.reset}</h2>
${listOf(portal.resetSteps)}</section>
<section aria-labelledby="behind"><h2 id="behind">${portal.behind}</h2>
<p>${portal.behindText}</p>
${listOf(
  [...file.offices, ...file.trust].map(
    ({ title, origin }) => markup`<a href="${origin}/docs">${title}</a> <code>${origin}</code>`,
  ),
)}</section>`
}

function place(href: string, title: string, text: string): Markup {
  return markup`<li><a href="${href}"><strong>${title}</strong></a><span>${text}</span></li>`
}
