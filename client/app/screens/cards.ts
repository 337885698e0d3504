import { html, nothing } from 'lit'
import type { TemplateResult } from 'lit'
import { utf8 } from '../../../core/bytes.ts'
import type { CredentialView, ForkView, PendingView } from '../../wallet/types.ts'
import { ask } from '../actions/keeping.ts'
import { resume } from '../actions/receiving.ts'
import { hostOf, valueText } from '../format.ts'
import { hashOf } from '../routes.ts'
import { foreign, heading, isBusy, problem, progress, valuePart } from './parts.ts'
import type { Part } from './parts.ts'
import type { View } from './view.ts'

/** What the person has: cards, and those that are on their way. */
export function cardsScreen(view: View): TemplateResult {
  const { state, words } = view
  const { credentials, pending } = state.wallet
  return html`${heading(view)} ${problem(view, 'remove', 'resume', 'forget', 'settings')}
    ${isBusy(view, 'resume') ? progress(view, words.offer.progress) : nothing}
    ${pendingPart(view, pending)} ${credentials.length === 0 ? emptyPart(view) : nothing}
    <ul class="cards">
      ${credentials.map((credential) => html`<li>${card(view, credential)}</li>`)}
    </ul>
    ${
      credentials.length === 0
        ? nothing
        : html`<a class="button secondary" href=${hashOf('scan')}>${words.cards.add}</a>`
    }`
}

/** One card; what is written on it only after it was asked for. */
function card(view: View, credential: CredentialView): TemplateResult {
  const { words, format } = view
  const { id, title, issuer, issuerName, schema } = credential
  const isForked = forkOf(view, issuer) !== undefined
  const standing = isForked && credential.standing !== 'revoked' ? 'unused' : credential.standing
  return html`<article class="card" aria-labelledby="title-${id}">
    <header>
      <h2 id="title-${id}">${foreign(title)}</h2>
      <span class="standing" data-standing=${standing}>${words.cards.standing[standing]}</span>
    </header>
    <dl>
      <dt>${words.cards.issuer}</dt>
      <dd>
        <strong>${foreign(hostOf(issuer))}</strong>
        ${
          issuerName === undefined
            ? nothing
            : html`<br /><span class="quiet">
                  ${words.cards.calls} <q>${foreign(issuerName)}</q>
                </span>`
        }
      </dd>
      <dt>${words.cards.validity}</dt>
      <dd>${validity(view, credential)}</dd>
      <dt>${words.cards.received}</dt>
      <dd>${format.date(credential.receivedAt)} <span class="quiet">(${foreign(schema)})</span></dd>
    </dl>
    ${forkedPart(view, credential)} ${attributesPart(view, credential)}
    ${cardActions(view, credential)}
  </article>`
}

function forkOf({ state }: View, issuer: string): ForkView | undefined {
  return state.wallet.forks.find((one) => one.issuer === issuer)
}

/** What was found against the issuer. */
function forkedPart(view: View, { issuer }: CredentialView): Part {
  const { words, session } = view
  const fork = forkOf(view, issuer)
  if (fork === undefined) return nothing
  const save = () => session.page.save(`${hostOf(issuer)}-proof.json`, utf8(fork.evidence))
  return html`<div class="problem" role="alert">
    <p>${words.cards.forked}</p>
    <button type="button" class="secondary" @click=${save}>${words.cards.saveProof}</button>
  </div>`
}

function validity({ words, format }: View, credential: CredentialView): string {
  const { standing, validFrom, validUntil } = credential
  if (standing === 'revoked') return words.cards.revoked
  if (standing === 'not-yet') return words.cards.notYet(format.day(validFrom))
  const until = format.day(validUntil)
  return standing === 'expired' ? words.cards.expired(until) : words.cards.valid(until)
}

function attributesPart({ state, words, format }: View, credential: CredentialView): Part {
  if (!state.opened.includes(credential.id)) return nothing
  return html`<dl class="attributes" id="attributes-${credential.id}">
    ${credential.attributes.map(
      (attribute) =>
        html`<dt>${foreign(attribute.title)}</dt>
          <dd>
            ${valuePart(attribute.value, valueText(attribute, attribute.value, format, words), words)}
          </dd>`,
    )}
  </dl>`
}

function cardActions({ state, words, session }: View, { id, title }: CredentialView) {
  const isOpen = state.opened.includes(id)
  const others = state.opened.filter((opened) => opened !== id)
  const toggle = () => session.update({ opened: isOpen ? others : [...others, id] })
  const name = isOpen ? words.cards.hideOf(title) : words.cards.showOf(title)
  return html`<div class="actions">
    <button
      type="button"
      class="quiet"
      aria-label=${words.cards.removeOf(title)}
      @click=${() => ask(session, { kind: 'remove', id, title })}
    >
      ${words.cards.remove}
    </button>
    <button
      type="button"
      class="secondary"
      aria-expanded=${isOpen ? 'true' : 'false'}
      aria-label=${name}
      @click=${toggle}
    >
      ${isOpen ? words.cards.hide : words.cards.show}
    </button>
  </div>`
}

function emptyPart({ words }: View): TemplateResult {
  return html`<section class="empty">
    <p class="lead">${words.cards.none}</p>
    <p>${words.cards.noneHelp}</p>
    <a class="button primary" href=${hashOf('scan')}>${words.cards.add}</a>
  </section>`
}

function pendingPart({ words, session }: View, pending: readonly PendingView[]): Part {
  if (pending.length === 0) return nothing
  return html`<section aria-labelledby="pending">
    <h2 id="pending">${words.cards.pending}</h2>
    <ul class="plain">
      ${pending.map(
        ({ id, issuer }) =>
          html`<li class="card">
            <p>${words.cards.pendingHelp(hostOf(issuer))}</p>
            <div class="actions">
              <button
                type="button"
                class="quiet"
                @click=${() => ask(session, { kind: 'forget', id })}
              >
                ${words.cards.forget}
              </button>
              <button type="button" class="primary" @click=${() => void resume(session, id)}>
                ${words.cards.goOn}
              </button>
            </div>
          </li>`,
      )}
    </ul>
  </section>`
}
