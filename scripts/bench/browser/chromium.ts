import chromium from '@sparticuz/chromium'
import { chromium as driver } from 'playwright-core'
import type { Browser } from 'playwright-core'

/** The Chromium of npm, run as browsers really are: pages in processes of their own. */
export async function launchChromium(): Promise<Browser> {
  // With everything in one process neither memory nor the speed of a page could be told apart.
  const args = chromium.args.filter((arg) => arg !== '--single-process' && arg !== '--no-zygote')
  return driver.launch({ executablePath: await chromium.executablePath(), args })
}
