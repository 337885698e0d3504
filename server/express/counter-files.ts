import { utf8 } from '../../core/bytes.ts'
import type { Route } from '../http/route.ts'
import { COUNTER_SCRIPT, COUNTER_STYLE } from './counter-page.ts'
import type { CounterFiles } from './counter-page.ts'
import { COUNTER_CSS } from './counter-style.ts'
import { fileRoute, readServed, servedFile } from './served-file.ts'

/**
 * The script and the style of clerks' pages, and what serves them.
 *
 * @param path - Of the script, `counter.js`, as `npm run build` makes it.
 * @throws ZerocardError with `CONFIG_INVALID` if it cannot be read.
 */
export function openCounterFiles(path: string): {
  readonly files: CounterFiles
  readonly routes: Route[]
} {
  const script = readServed(path, "the counter's script")
  const style = utf8(COUNTER_CSS)
  return {
    files: {
      script: servedFile(script, COUNTER_SCRIPT),
      style: servedFile(style, COUNTER_STYLE),
    },
    routes: [
      fileRoute(script, COUNTER_SCRIPT, 'text/javascript', "The script of clerks' pages"),
      fileRoute(style, COUNTER_STYLE, 'text/css', "The style of clerks' pages"),
    ],
  }
}
