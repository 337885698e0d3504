import type { Language } from '../../core/policy/languages/languages.ts'

/** What a clerk's page says. Plain, short and true. */
export interface CounterWords {
  readonly title: (site: string) => string
  readonly language: string
  readonly languageName: string
  readonly show: string
  readonly showHelp: string
  readonly question: string
  readonly copy: string
  readonly renewed: string
  readonly scan: string
  readonly scanHelp: string
  readonly startCamera: string
  readonly stopCamera: string
  readonly video: string
  readonly looking: string
  readonly picture: string
  readonly paste: string
  readonly check: string
  readonly checking: string
  readonly other: string
  readonly asked: string
  readonly yes: string
  readonly yesText: string
  readonly no: string
  readonly noText: string
  readonly learned: string
  readonly onlyThat: string
  readonly photograph: string
  readonly compare: string
  readonly returning: (isReturning: boolean) => string
  readonly asOf: (day: string) => string
  readonly next: string
  readonly forgotten: string
  readonly again: string
  readonly problems: Readonly<Record<ClerkProblem, string>>
  readonly reasons: Readonly<Record<string, string>>
  readonly reason: (code: string) => string
}

/** What can be wrong before an answer is judged. */
export type ClerkProblem =
  | 'no-camera'
  | 'no-code'
  | 'no-answer'
  | 'own-code'
  | 'old-answer'
  | 'unreachable'
  | 'logged-out'
  | 'not-asked'

const EN: CounterWords = {
  title: (site) => `${site}: at the counter`,
  language: 'Language',
  languageName: 'English',
  show: '1. Let them scan this',
  showHelp: 'The person scans the code with their wallet. Their phone needs no network.',
  question: 'QR code with the question',
  copy: 'The code as text, to copy',
  renewed: 'The code is renewed by itself.',
  scan: '2. Scan their answer',
  scanHelp:
    'When the wallet shows a code, hold the phone in front of the camera. Pictures stay in this browser.',
  startCamera: 'Use the camera',
  stopCamera: 'Stop the camera',
  video: 'What the camera sees',
  looking: 'Looking for a code…',
  picture: 'A picture of the code',
  paste: 'The answer as text',
  check: 'Check the answer',
  checking: 'The answer is being checked…',
  other: 'Without a camera',
  asked: 'What is asked',
  yes: 'YES',
  yesText: 'It is proven. Nothing else was learned.',
  no: 'NO',
  noText: 'This answer proves nothing. It says nothing about the person, either.',
  learned: 'What was shown',
  onlyThat: 'It is proven, and this was shown with it:',
  photograph: 'The photograph in the credential',
  compare: 'Compare it with the person in front of you: the proof cannot do that.',
  returning: (isReturning) =>
    isReturning ? 'This person has been here before.' : 'This person has not been here before.',
  asOf: (day) => `As of ${day}.`,
  next: 'Next person',
  forgotten: 'What is shown here is forgotten then.',
  again: 'Try again',
  problems: {
    'no-camera':
      'There is no camera that may be used. Allow it in the browser, or use a picture or text.',
    'no-code': 'No QR code can be read in this picture. Take it closer, sharper and straight.',
    'no-answer': 'This is no answer of a wallet.',
    'own-code': 'This is the question. Scan what the wallet shows after it was agreed to.',
    'old-answer': 'This answers a question that is over. Let the person scan the code anew.',
    unreachable: 'The server cannot be reached. Nothing is lost: try again.',
    'logged-out': 'The server does not know you any more. Log in again.',
    'not-asked': 'The question could not be put. Try again.',
  },
  reasons: {
    NONCE_USED: 'This answer was given before.',
    NONCE_MISMATCH: 'It answers another question.',
    AUDIENCE_MISMATCH: 'It is for somebody else.',
    SESSION_EXPIRED: 'The question was over. Let the person scan the code anew.',
    PRESENTATION_EXPIRED: 'It came too late. Let the person scan the code anew.',
    PSEUDONYM_USED: 'This person has used up what counts once.',
    PSEUDONYM_BANNED: 'This person is banned.',
    TRUST_ROOT_UNKNOWN:
      'It was made with a list of issuers that is too old. The wallet has to be opened once with a network.',
    DATE_REFUSED: 'It speaks of another day. Check the clock of the phone.',
    PROOF_INVALID: 'The proof is wrong.',
    PRESENTATION_INVALID: 'It cannot be read.',
    PRESENTATION_SIGNATURE_INVALID: 'Its signature is wrong.',
    POLICY_MISMATCH: 'It answers something else than was asked.',
  },
  reason: (code) => `Reason: ${code}.`,
}

const ZH_HANS: CounterWords = {
  title: (site) => `${site}：柜台核验`,
  language: '语言',
  languageName: '简体中文',
  show: '1. 请对方扫描此码',
  showHelp: '对方用自己的钱包扫描。对方的手机无需联网。',
  question: '含有提问的二维码',
  copy: '以文本形式复制此码',
  renewed: '此码会自动更新。',
  scan: '2. 扫描对方的回答',
  scanHelp: '钱包显示二维码后，请将手机对准摄像头。图像不会离开此浏览器。',
  startCamera: '使用摄像头',
  stopCamera: '关闭摄像头',
  video: '摄像头画面',
  looking: '正在寻找二维码…',
  picture: '二维码图片',
  paste: '回答的文本',
  check: '核验回答',
  checking: '正在核验回答…',
  other: '不使用摄像头',
  asked: '提问内容',
  yes: '是',
  yesText: '已证明。除此之外没有得知任何信息。',
  no: '否',
  noText: '此回答没有证明任何事，也不说明对方的任何情况。',
  learned: '所出示的内容',
  onlyThat: '已证明，并同时出示了：',
  photograph: '证件中的照片',
  compare: '请与面前的人比对：证明本身做不到这一点。',
  returning: (isReturning) => (isReturning ? '此人以前来过。' : '此人以前没有来过。'),
  asOf: (day) => `截至 ${day}。`,
  next: '下一位',
  forgotten: '届时此处显示的内容会被清除。',
  again: '重试',
  problems: {
    'no-camera': '没有可用的摄像头。请在浏览器中允许使用，或改用图片或文本。',
    'no-code': '此图片中读不出二维码。请靠近、对焦并拍正。',
    'no-answer': '这不是钱包的回答。',
    'own-code': '这是提问本身。请扫描对方同意后钱包显示的二维码。',
    'old-answer': '所回答的提问已结束。请对方重新扫描。',
    unreachable: '无法连接服务器。没有丢失任何内容，请重试。',
    'logged-out': '服务器已不认识您，请重新登录。',
    'not-asked': '无法提问，请重试。',
  },
  reasons: {
    NONCE_USED: '此回答以前用过。',
    NONCE_MISMATCH: '它回答的是另一个提问。',
    AUDIENCE_MISMATCH: '它是给别人的。',
    SESSION_EXPIRED: '提问已结束。请对方重新扫描。',
    PRESENTATION_EXPIRED: '回答来得太晚。请对方重新扫描。',
    PSEUDONYM_USED: '此人的次数已经用完。',
    PSEUDONYM_BANNED: '此人已被禁止。',
    TRUST_ROOT_UNKNOWN: '所用的签发者名单太旧。请对方联网打开一次钱包。',
    DATE_REFUSED: '日期不对。请检查手机的时钟。',
    PROOF_INVALID: '证明不成立。',
    PRESENTATION_INVALID: '无法读取。',
    PRESENTATION_SIGNATURE_INVALID: '签名不正确。',
    POLICY_MISMATCH: '它回答的不是所提的问题。',
  },
  reason: (code) => `原因：${code}。`,
}

export const COUNTER_WORDS: Readonly<Record<Language, CounterWords>> = {
  en: EN,
  'zh-Hans': ZH_HANS,
}
