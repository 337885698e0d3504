import type { Route } from '../http/route.ts'
import { fileRoute, readServed, servedFile } from './served-file.ts'
import type { ServedFile } from './served-file.ts'

// The file of `<zero-card>`, served beside the site's own pages, and the tag that loads it.

/** Below every site that serves it. */
export const ELEMENT_PATH = '/zerocard/zero-card.js'

/** What a page needs to load the element's file and no other in its place. */
export interface ElementTag extends ServedFile {
  /** The whole tag, for HTML. */
  readonly html: string
}

/**
 * The tag that loads a file of the element.
 *
 * @param file - The bytes that are served.
 * @param origin - Where they are served, if not by the page's own site.
 */
export function elementTag(file: Uint8Array, origin = ''): ElementTag {
  const { src, integrity } = servedFile(file, `${origin}${ELEMENT_PATH}`)
  const html = `<script type="module" src="${src}" integrity="${integrity}" crossorigin="anonymous"></script>`
  return { src, integrity, html }
}

/**
 * Serves the element's file, also to pages of other origins.
 *
 * @throws ZerocardError with `CONFIG_INVALID` if it cannot be read.
 */
export function elementRoutes(path: string): Route[] {
  const file = readServed(path, 'the element')
  return [fileRoute(file, ELEMENT_PATH, 'text/javascript', 'The element for pages')]
}
