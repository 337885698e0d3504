// The element for sites: importing this file is enough to use `<zero-card>` in a page.
import type { ZeroCardEvents } from './events.ts'
import { ZeroCardElement } from './zero-card.ts'

export { ZeroCardElement } from './zero-card.ts'
export type { ZeroCardEvents } from './events.ts'
export type { CardStateName } from './card-state.ts'
export { mount } from './mount.ts'
export type { MountOptions, MountedCard } from './mount.ts'

/** Two scripts of one page may both bring it; servers that render pages have no registry. */
const registry = (globalThis as { readonly customElements?: CustomElementRegistry }).customElements
if (registry !== undefined && registry.get('zero-card') === undefined) {
  registry.define('zero-card', ZeroCardElement)
}

declare global {
  interface HTMLElementTagNameMap {
    'zero-card': ZeroCardElement
  }
  interface HTMLElementEventMap {
    'zerocard-verified': CustomEvent<ZeroCardEvents['zerocard-verified']>
    'zerocard-refused': CustomEvent<ZeroCardEvents['zerocard-refused']>
    'zerocard-unavailable': CustomEvent<ZeroCardEvents['zerocard-unavailable']>
    'zerocard-state': CustomEvent<ZeroCardEvents['zerocard-state']>
  }
}
