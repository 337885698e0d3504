import type { ZeroCardEvents } from './events.ts'
import type { ZeroCardElement } from './zero-card.ts'

/** Attributes of the element, and what to do when it tells something. */
export interface MountOptions {
  readonly policy: string
  /** The verifier's origin; by default the page's own. */
  readonly verifier?: string
  /** `en` or `zh-Hans`; by default the page's. */
  readonly lang?: string
  readonly challenge?: string
  readonly onUnavailable?: 'block' | 'defer'
  /** Name of the token in a form, and whether the form needs it. */
  readonly name?: string
  readonly required?: boolean
  readonly on?: { readonly [K in keyof ZeroCardEvents]?: (detail: ZeroCardEvents[K]) => void }
}

export interface MountedCard {
  readonly element: ZeroCardElement
  /** Takes it off the page; nothing is asked any more. */
  readonly unmount: () => void
}

/**
 * Puts an element into a page.
 *
 * @param target - What to put it into, or a selector of it.
 * @throws TypeError if there is no such place.
 */
export function mount(target: Element | string, options: MountOptions): MountedCard {
  const place = typeof target === 'string' ? document.querySelector(target) : target
  if (place === null) throw new TypeError('mount: there is no such place on the page')
  // Not by the class: another script of the page may have brought the element before this one.
  const element = document.createElement('zero-card')
  for (const [name, value] of Object.entries(attributesOf(options))) {
    if (value !== undefined) element.setAttribute(name, value)
  }
  for (const [name, listener] of Object.entries(options.on ?? {})) {
    element.addEventListener(name, (event) => {
      ;(listener as (detail: unknown) => void)((event as CustomEvent<unknown>).detail)
    })
  }
  place.append(element)
  return { element, unmount: () => element.remove() }
}

/** The element's attributes, by name. */
export function attributesOf(
  options: Omit<MountOptions, 'on'>,
): Readonly<Record<string, string | undefined>> {
  const { policy, verifier, lang, challenge, onUnavailable, name, required } = options
  return {
    policy,
    verifier,
    lang,
    challenge,
    name,
    'on-unavailable': onUnavailable,
    required: required === true ? '' : undefined,
  }
}
