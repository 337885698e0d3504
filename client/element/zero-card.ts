import { LitElement } from 'lit'
import type { PropertyValues, TemplateResult } from 'lit'
import type { CardState, CardStateName } from './card-state.ts'
import { tellPage } from './events.ts'
import { Inquiry } from './inquiry.ts'
import { pagePace } from './presence.ts'
import { hasReturned, keepDeparture, takeDeparture } from './return.ts'
import type { Departure } from './return.ts'
import { style } from './style.ts'
import { VerifierCalls } from './verifier-calls.ts'
import { cardView } from './view.ts'
import { languageOf, wordsOf } from './words/index.ts'
import type { ElementLanguage } from './words/index.ts'

/** The longest address that verifiers lead back to. */
const MAX_RETURN = 2_000

/** Properties whose change makes it another question. */
const QUESTION = ['policy', 'verifier', 'challenge'] as const

/**
 * `<zero-card policy="over-18@1">`: asks the visitor's wallet, shows how it stands, and hands the
 * verifier's signed result to the page. It decides nothing: whoever runs the page can change it, and
 * only the token, checked by the site's server, says anything.
 */
export class ZeroCardElement extends LitElement {
  static readonly formAssociated = true
  static override readonly styles = style
  static override readonly properties = {
    policy: { type: String },
    verifier: { type: String },
    challenge: { type: String },
    required: { type: Boolean },
    onUnavailable: { attribute: 'on-unavailable' },
    _state: { state: true },
    _isLeaving: { state: true },
  }

  /** Id of the policy to ask, like `over-18@1`. */
  declare policy: string
  /** The verifier's origin; by default the page's own. */
  declare verifier: string
  /** The site's nonce, to be found in the token. */
  declare challenge: string
  /** Whether a form around it cannot be sent without an answer. */
  declare required: boolean
  /** What to do while the verifier cannot be reached: `block` (the default), or `defer`. */
  declare onUnavailable: string
  declare private _state: CardState
  declare private _isLeaving: boolean
  readonly #internals = this.attachInternals()
  #inquiry: Inquiry | undefined
  #hadFocus = false

  constructor() {
    super()
    this.policy = ''
    this.verifier = ''
    this.challenge = ''
    this.required = false
    this.onUnavailable = 'block'
    this._state = { name: 'starting' }
    this._isLeaving = false
  }

  static override get observedAttributes(): string[] {
    return [...super.observedAttributes, 'lang']
  }

  /** Where it stands. */
  get state(): CardStateName {
    return this._state.name
  }

  /** The result token, once there is one. */
  get token(): string | undefined {
    return this._state.name === 'verified' ? this._state.token : undefined
  }

  /** The name of the token in a form. */
  get name(): string | null {
    return this.getAttribute('name')
  }

  get form(): HTMLFormElement | null {
    return this.#internals.form
  }

  /** Asks anew, whatever was before. */
  restart(): void {
    this._isLeaving = false
    this.#inquiry?.stop()
    const { policy, challenge } = this
    this.#inquiry = new Inquiry({
      calls: new VerifierCalls(this.#origin()),
      policy,
      ...(challenge === '' ? {} : { challenge }),
      pace: pagePace(document),
      onState: (state) => this.#enter(state),
    })
    const key = takeDeparture(this.#departure())
    void (key === undefined ? this.#inquiry.start() : this.#inquiry.resume(key))
  }

  override connectedCallback(): void {
    super.connectedCallback()
    addEventListener('hashchange', this.#onReturn)
    addEventListener('pageshow', this.#onShown)
    if (this.hasUpdated) this.restart()
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    removeEventListener('hashchange', this.#onReturn)
    removeEventListener('pageshow', this.#onShown)
    this.#inquiry?.stop()
  }

  override attributeChangedCallback(name: string, old: string | null, value: string | null): void {
    super.attributeChangedCallback(name, old, value)
    if (name === 'lang') this.requestUpdate()
  }

  /** A form was reset: what was proven belongs to what was there before. */
  formResetCallback(): void {
    this.restart()
  }

  protected override willUpdate(): void {
    this.#hadFocus = this.shadowRoot?.activeElement != null
  }

  protected override updated(changed: PropertyValues): void {
    if (QUESTION.some((name) => changed.has(name))) this.restart()
    this.#validate()
    // What had the focus is gone: whoever uses the keyboard goes on at what is said instead.
    if (this.#hadFocus && this.shadowRoot?.activeElement === null) {
      this.renderRoot.querySelector<HTMLElement>('[part="status"]')?.focus()
    }
  }

  protected override render(): TemplateResult {
    const language = this.#language()
    return cardView({
      state: this._state,
      words: wordsOf(language),
      language,
      host: new URL(this.#origin()).host,
      isHandheld: matchMedia('(pointer: coarse)').matches,
      isLeaving: this._isLeaving,
      isDeferred: this.#isDeferred(),
      onOpen: () => void this.#openWallet(),
      onRestart: () => this.restart(),
    })
  }

  readonly #onReturn = (): void => {
    if (hasReturned()) this.restart()
  }

  /** A page that comes back as it was left has a question that may be over. */
  readonly #onShown = ({ persisted }: PageTransitionEvent): void => {
    if (persisted && this._state.name !== 'verified') this.restart()
  }

  async #openWallet(): Promise<void> {
    if (this._isLeaving) return
    this._isLeaving = true
    const session = await this.#inquiry?.leave(returnAddress())
    if (session === undefined) return
    keepDeparture(this.#departure(), session)
    location.assign(session.walletLink)
    // A wallet that is no page of its own leaves this one as it is.
    setTimeout(() => (this._isLeaving = false), 2_000)
  }

  #enter(state: CardState): void {
    const isNew = state.name !== this._state.name
    this._state = state
    if (!isNew && state.name !== 'starting') return
    this.#internals.setFormValue(state.name === 'verified' ? state.token : null)
    tellPage(this, state, this.policy, this.#isDeferred())
  }

  #isDeferred(): boolean {
    const state = this._state
    const isAway = state.name === 'unavailable' && state.trouble === 'away'
    return isAway && this.onUnavailable === 'defer'
  }

  #validate(): void {
    const isMissing = this.required && this._state.name !== 'verified' && !this.#isDeferred()
    const anchor = this.renderRoot.querySelector<HTMLElement>('button, [part="status"]')
    if (!isMissing || anchor === null) this.#internals.setValidity({})
    else {
      const { missing } = wordsOf(this.#language())
      this.#internals.setValidity({ valueMissing: true }, missing, anchor)
    }
  }

  #departure(): Departure {
    return { verifier: this.#origin(), policy: this.policy, element: this.id }
  }

  /** An attribute that is no address is the page's mistake: its own origin will refuse the policy. */
  #origin(): string {
    const { verifier } = this
    return verifier !== '' && URL.canParse(verifier) ? new URL(verifier).origin : location.origin
  }

  #language(): ElementLanguage {
    const own = this.closest('[lang]')?.getAttribute('lang')
    return languageOf(own ?? document.documentElement.lang)
  }
}

/** This page without what stands behind the #. */
function returnAddress(): string {
  const { origin, pathname, search } = location
  const whole = `${origin}${pathname}${search}`
  return whole.length <= MAX_RETURN ? whole : `${origin}${pathname}`.slice(0, MAX_RETURN)
}
