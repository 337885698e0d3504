import { createElement, useEffect, useRef } from 'react'
import type { ReactNode } from 'react'
import type { ZeroCardEvents } from './events.ts'
import './index.ts'
import { attributesOf } from './mount.ts'
import type { MountOptions } from './mount.ts'

/** Properties of {@link ZeroCard}. */
export interface ZeroCardProps extends Omit<MountOptions, 'on' | 'onUnavailable'> {
  /** What to do while the verifier cannot be reached; by default `block`. */
  readonly whenUnavailable?: 'block' | 'defer'
  readonly className?: string
  /** What the site says about its question. */
  readonly children?: ReactNode
  readonly onVerified?: (detail: ZeroCardEvents['zerocard-verified']) => void
  readonly onRefused?: (detail: ZeroCardEvents['zerocard-refused']) => void
  readonly onUnavailable?: (detail: ZeroCardEvents['zerocard-unavailable']) => void
  readonly onState?: (detail: ZeroCardEvents['zerocard-state']) => void
}

/** `<zero-card>` for React. */
export function ZeroCard(props: ZeroCardProps): ReactNode {
  const { whenUnavailable, className, children } = props
  const { onVerified, onRefused, onUnavailable, onState, ...options } = props
  const place = useRef<HTMLElement>(null)
  useListener(place, 'zerocard-verified', onVerified)
  useListener(place, 'zerocard-refused', onRefused)
  useListener(place, 'zerocard-unavailable', onUnavailable)
  useListener(place, 'zerocard-state', onState)
  const policy = whenUnavailable === undefined ? {} : { onUnavailable: whenUnavailable }
  const attributes = attributesOf({ ...options, ...policy })
  return createElement('zero-card', { ...attributes, class: className, ref: place }, children)
}

function useListener<K extends keyof ZeroCardEvents>(
  place: { readonly current: HTMLElement | null },
  name: K,
  listener: ((detail: ZeroCardEvents[K]) => void) | undefined,
): void {
  useEffect(() => {
    const element = place.current
    if (element === null || listener === undefined) return undefined
    const listen = (event: Event): void => {
      listener((event as CustomEvent<ZeroCardEvents[K]>).detail)
    }
    element.addEventListener(name, listen)
    return () => element.removeEventListener(name, listen)
  }, [place, name, listener])
}
