import type { Language } from '../../core/policy/languages/languages.ts'

/** What the page in front of a protected route says, besides the question itself. */
export interface GateWords {
  /** Title of the window. */
  readonly title: (site: string) => string
  readonly heading: (site: string) => string
  readonly refused: string
  readonly openHere: string
  readonly scan: string
  readonly code: string
  readonly link: string
  readonly noScript: string
}

const EN: GateWords = {
  title: (site) => `${site} asks for a proof`,
  heading: (site) => `${site} asks you to prove something`,
  refused: 'The last answer was not accepted.',
  openHere: 'Open the wallet on this device',
  scan: 'Or scan this with the wallet on your phone. This page goes on by itself.',
  code: 'QR code that opens the wallet',
  link: 'The code as a link, to copy',
  noScript:
    'Without scripts this page cannot see your answer: load it again when you have given it.',
}

const ZH_HANS: GateWords = {
  title: (site) => `${site} 需要一份证明`,
  heading: (site) => `${site} 请您证明一件事`,
  refused: '上一次的回答没有被接受。',
  openHere: '在这台设备上打开钱包',
  scan: '或者用手机上的钱包扫描下面的二维码。本页会自动继续。',
  code: '打开钱包的二维码',
  link: '以链接形式显示，便于复制',
  noScript: '没有脚本，本页看不到您的回答：回答之后请重新加载。',
}

/** By BCP 47 tag: every language in which a question can be put. */
export const GATE_WORDS: Readonly<Record<Language, GateWords>> = { en: EN, 'zh-Hans': ZH_HANS }
