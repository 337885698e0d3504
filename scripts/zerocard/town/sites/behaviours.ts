import type { Request, Response } from 'express'
import { ZerocardError } from '../../../../core/errors.ts'
import { mountedIn } from '../../../../server/express/mount.ts'
import type { BanView } from '../../../../server/verifier/moderation.ts'
import type { SiteName } from '../plan.ts'
import { fieldOf, ownForm } from './application.ts'
import { markup } from './markup.ts'
import type { Content, Markup } from './markup.ts'
import { nameFrom } from './names.ts'
import { MAX_POST } from './posts.ts'
import type { Post } from './posts.ts'
import type { SiteExtras, SiteFacts } from './site.ts'
import type { Words } from './words/en.ts'

/** What each site does besides asking. */
export const EXTRAS: Readonly<Record<SiteName, SiteExtras>> = {
  shop: {},
  benefits: {
    inside: ({ words, view, records }) => markup`<section class="box" aria-labelledby="receipt">
<h2 id="receipt">${words.benefits.receipt}</h2>
<p class="code">${view?.pseudonym?.slice(0, 8) ?? ''}</p>
<p>${words.benefits.once}</p></section>
<p>${words.benefits.count(records.countUses())}</p>`,
  },
  pharmacy: {
    outside: ({ words }) => markup`<p>${words.pharmacy.rule}</p>`,
    inside: ({ words, records }) => markup`<p>${words.pharmacy.count(records.countUses())}</p>
<p>${words.pharmacy.rule}</p>`,
  },
  forum: {
    inside: (facts) => [nameLine(facts), postForm(facts, '/say'), postList(facts)],
    routes: (app, { site, gate, posts }) => {
      app.post('/say', ownForm, gate, (request: Request, response: Response) => {
        const post = postOf(request)
        if (post.text !== '') posts.add(post)
        response.redirect(303, site.path)
      })
    },
  },
  reviews: {
    outside: postList,
    inside: (facts) => {
      const author = facts.view?.pseudonym ?? ''
      const isDone = facts.posts.has(author)
      return [
        isDone
          ? markup`<p class="notice" role="status">${facts.words.reviews.one}</p>`
          : postForm(facts, '/publish'),
        postList(facts),
      ]
    },
    routes: (app, { site, gate, posts }) => {
      app.post('/publish', ownForm, gate, (request: Request, response: Response) => {
        const post = postOf(request)
        if (post.text !== '' && !posts.addOnce(post)) {
          throw new ZerocardError('CONFLICT', 'one review a person')
        }
        response.redirect(303, site.path)
      })
    },
  },
  stream: {
    inside: async (facts) => {
      const bans = await mountedIn(facts.response).verifier.moderation.list()
      const isBanned = bans.some(({ pseudonym }) => pseudonym === facts.view?.pseudonym)
      return [isBanned ? bannedNote(facts.words) : nameLine(facts), moderatorBox(facts, bans)]
    },
    outside: async (facts) => {
      const bans = await mountedIn(facts.response).verifier.moderation.list()
      return moderatorBox(facts, bans)
    },
    routes: (app, { site }) => {
      app.post('/ban', ownForm, async (request: Request, response: Response) => {
        const { moderation } = mountedIn(response).verifier
        const pseudonym = fieldOf(request.body, 'pseudonym')
        await moderation.ban({ policy: site.policy, pseudonym, reason: 'demonstration' })
        response.redirect(303, backTo(request, site.path))
      })
      app.post('/lift', ownForm, async (request: Request, response: Response) => {
        await mountedIn(response).verifier.moderation.lift(fieldOf(request.body, 'id'))
        response.redirect(303, backTo(request, site.path))
      })
    },
  },
}

/** To the page on which the button was. */
function backTo(request: Request, inside: string): string {
  return fieldOf(request.body, 'from') === inside ? inside : '/'
}

function postOf(request: Request): Post {
  const { pseudonym = '' } = request.eligibility
  return { author: pseudonym, text: fieldOf(request.body, 'text').slice(0, MAX_POST) }
}

function nameLine({ words, view }: SiteFacts): Markup {
  const name = nameFrom(view?.pseudonym ?? '')
  return markup`<p>${words.site.enteredAs} <strong class="name">${name}</strong></p>`
}

function postForm({ words }: SiteFacts, action: string): Markup {
  return markup`<form method="post" action="${action}">
<p><label for="text">${words.site.yourText}</label>
<textarea id="text" name="text" rows="3" maxlength="${MAX_POST}" required></textarea></p>
<button>${words.site.write}</button></form>`
}

function postList({ words, posts }: SiteFacts): Markup {
  const list = posts.list()
  const items = list.map(
    ({ author, text }) =>
      markup`<li><strong>${nameFrom(author)}</strong> <span>${text}</span></li>`,
  )
  return markup`<section aria-labelledby="written"><h2 id="written">${words.site.written}</h2>
${list.length === 0 ? markup`<p>${words.site.empty}</p>` : markup`<ul class="posts">${items}</ul>`}</section>`
}

function bannedNote({ stream }: Words): Markup {
  return markup`<div class="notice" role="status"><h2>${stream.banned}</h2><p>${stream.bannedText}</p></div>`
}

function moderatorBox(facts: SiteFacts, bans: readonly BanView[]): Content {
  const { words, records, site, view, request } = facts
  const from = request.path === site.path ? site.path : '/'
  const items = records.names().map(({ pseudonym }) => {
    const ban = bans.find((one) => one.pseudonym === pseudonym)
    const name = nameFrom(pseudonym)
    const isYou = pseudonym === view?.pseudonym
    const [action, field, value, label] =
      ban === undefined
        ? ['/ban', 'pseudonym', pseudonym, words.stream.ban(name)]
        : ['/lift', 'id', ban.id, words.stream.lift(name)]
    return markup`<li><strong>${name}</strong>${isYou ? ` (${words.stream.you})` : ''}
<form method="post" action="${action}"><input type="hidden" name="${field}" value="${value}">
<input type="hidden" name="from" value="${from}"><button class="quiet">${label}</button></form></li>`
  })
  return markup`<section class="box" aria-labelledby="names"><h2 id="names">${words.stream.onAir}</h2>
<p>${words.stream.operator}</p>
${items.length === 0 ? markup`<p>${words.site.empty}</p>` : markup`<ul class="posts">${items}</ul>`}</section>`
}
