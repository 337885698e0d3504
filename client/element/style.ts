import { css } from 'lit'

/**
 * Colours are the system's, so that the page's `color-scheme` decides between light and dark. All
 * lengths are logical: the same sheet serves scripts that run from right to left.
 */
export const style = css`
  :host {
    display: block;
    box-sizing: border-box;
    max-inline-size: 24rem;
    font: var(--zerocard-font, inherit);
    line-height: 1.45;
    color: var(--zerocard-color, CanvasText);
  }
  :host([hidden]) {
    display: none;
  }
  [part='card'] {
    display: flex;
    flex-direction: column;
    gap: 0.75rem;
    padding: 1.25rem;
    background: var(--zerocard-background, Canvas);
    border: 1px solid var(--zerocard-border, color-mix(in srgb, currentcolor 25%, transparent));
    border-radius: var(--zerocard-radius, 0.75rem);
  }
  p {
    margin: 0;
    overflow-wrap: anywhere;
  }
  [part='title'] {
    font-weight: 650;
    font-size: 1.15em;
  }
  ::slotted(*) {
    margin-block: 0;
  }
  /* It stays where it is, for whoever has the focus there; only the gap goes. */
  [part='status']:empty {
    margin-block-end: -0.75rem;
  }
  [part='status']:focus {
    outline: none;
  }
  [part='status'] {
    display: flex;
    gap: 0.6rem;
    align-items: start;
  }
  [part='status'] svg {
    flex: none;
    inline-size: 1.5rem;
    block-size: 1.5rem;
  }
  [part='qr'] {
    inline-size: min(14rem, 100%);
    align-self: center;
  }
  [part='qr'] svg {
    display: block;
    inline-size: 100%;
    block-size: auto;
    border-radius: 0.4rem;
  }
  [part='code'] {
    display: block;
    margin-block-start: 0.15rem;
    font-family: ui-monospace, monospace;
    font-size: 1.05em;
    letter-spacing: 0.04em;
    user-select: all;
  }
  [part='block'] {
    display: flex;
    flex-direction: column;
    gap: 0.6rem;
  }
  [part='block'] + [part='block'] {
    padding-block-start: 0.75rem;
    border-block-start: 1px solid
      var(--zerocard-border, color-mix(in srgb, currentcolor 25%, transparent));
  }
  [part='note'],
  [part='countdown'] {
    font-size: 0.9em;
    color: var(--zerocard-muted, color-mix(in srgb, CanvasText 75%, Canvas));
  }
  [part='countdown'] {
    font-variant-numeric: tabular-nums;
  }
  button {
    font: inherit;
    font-weight: 600;
    min-block-size: 2.75rem;
    padding: 0.5rem 1.1rem;
    color: var(--zerocard-button-color, Canvas);
    background: var(--zerocard-accent, CanvasText);
    border: 1px solid transparent;
    border-radius: calc(var(--zerocard-radius, 0.75rem) * 0.66);
    cursor: pointer;
  }
  button:hover {
    opacity: 0.88;
  }
  button[aria-disabled='true'] {
    opacity: 0.7;
    cursor: progress;
  }
  :focus-visible {
    outline: 0.2rem solid var(--zerocard-focus, Highlight);
    outline-offset: 0.15rem;
  }
  [part='spinner'] {
    flex: none;
    box-sizing: border-box;
    inline-size: 1.25rem;
    block-size: 1.25rem;
    border: 0.2rem solid color-mix(in srgb, currentcolor 25%, transparent);
    border-block-start-color: currentcolor;
    border-radius: 50%;
    animation: turn 1s linear infinite;
  }
  @keyframes turn {
    to {
      transform: rotate(1turn);
    }
  }
  @media (prefers-reduced-motion: reduce) {
    [part='spinner'] {
      animation: none;
    }
  }
`
