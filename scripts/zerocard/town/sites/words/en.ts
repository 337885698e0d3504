import type { SiteName } from '../../plan.ts'

/** What a site says in its pages. */
export interface SiteWords {
  readonly title: string
  /** In the portal: what visitors can do here. */
  readonly story: string
  readonly heading: string
  readonly intro: string
  /** On the button that leads to the question. */
  readonly enter: string
  readonly insideHeading: string
  readonly inside: string
  readonly leave: string
  /** What is said after leaving. */
  readonly again: string
  readonly learned: string
  readonly never: readonly string[]
}

export interface OfficeWords {
  readonly title: string
  readonly story: string
}

export type OfficeName = 'civil-registry' | 'northern-registry' | 'tax-office' | 'health-board'

export type PersonId = 'T000001' | 'T000002' | 'T000003' | 'T000004' | 'T000005' | 'T000006'

export const EN = {
  common: {
    skip: 'Skip to the content',
    town: 'The town',
    language: 'Language',
    warning:
      'This town uses development keys. Anybody can forge proofs under them, so nothing here may decide anything real.',
    notFound: 'There is nothing at this address.',
    failed: 'This did not work:',
    back: 'Back',
    invented: 'Everybody here is invented.',
  },
  counter: {
    link: 'At the counter',
    text: 'Not on the web but in the shop: here you are the clerk. The person scans the question from your screen with their wallet, and you scan the answer from theirs; their phone needs no network. You learn that they are 18 or older and see the photograph of their credential, and nothing else. A real shop would have its clerks log in first.',
  },
  portal: {
    title: 'A town that asks little',
    lead: 'Offices of this town know people. Its shops and sites do not: they ask a question, such as “18 or older?”, and learn that the answer is yes. This page is the way to all of them.',
    how: 'How it goes',
    steps: [
      'Open the wallet and make one. It lives in this browser and nowhere else.',
      'Go to an office, choose who you are, and let it give you a credential.',
      'Visit the sites. Each shows what it asks before you answer, and afterwards what it has learned.',
    ],
    who: 'Ada Novak can do everything here but join the youth forum; Tom Baker can do that. One wallet is one person: to be somebody else, use a private window or another browser.',
    offices: 'Offices that give credentials',
    sites: 'Sites that ask',
    wallet: 'The wallet',
    walletStory: 'Keeps your credentials, shows you each question, and makes the proofs.',
    open: 'Open the wallet',
    reset: 'To begin again',
    resetSteps: [
      'The wallet: in its settings, remove everything from this browser. Then let the offices note that the wallet was lost, and take new credentials.',
      'The whole town: end it with Ctrl-C, remove its folder “town”, and run npm start again.',
    ],
    behind: 'Behind the pages',
    behindText: 'Services with a description of their interface:',
  },
  desk: {
    desk: 'The desk of this office',
    intro:
      'You are the clerk here. In real life the office would first make sure who is in front of it.',
    choose: 'Who is in front of you?',
    aged: (age: number) => `${age} years old`,
    stories: {
      T000001: 'A pensioner with a low income and a prescription. Fits nearly every story.',
      T000002: 'Goes to school. May join the youth forum, and may not buy wine.',
      T000003: 'Works, and earns too much for the winter grant.',
      T000004: 'Has a disability and a low income: the grant is for him too, though he is not 65.',
      T000005: 'A pensioner who lives in the north, with a prescription.',
      T000006: 'Works in the north. No site can tell his registry from the other.',
    } satisfies Record<PersonId, string>,
    portrait: 'portrait',
    register: 'What the register says',
    give: 'Give them this credential',
    revoke: 'Take it back',
    lost: 'Their wallet was lost',
    lostText:
      'Takes back everything that was given to them here, and lets a new wallet ask. At most once a minute.',
    issued: 'Credentials they have',
    none: 'None yet.',
    valid: (day: string) => `good until ${day}`,
    revoked: 'taken back',
    revokedNote:
      'Taken back and published. Within half a minute all sites know that one credential more has ended, and not whose.',
    offer: 'A credential is waiting',
    offerText:
      'The link and the code reach the person by two ways, so that whoever gets hold of one of them has nothing.',
    openWallet: 'Open it in the wallet in this browser',
    scan: 'Or scan this with the wallet on a phone:',
    qr: 'QR code with the offer',
    letter: 'The letter by post',
    letterText: 'The wallet asks for these six digits:',
    taken: 'The wallet has taken the credential. Its offer is used up.',
    knows: 'What this office knows',
    knowsList: [
      'What its register says, and which credentials it gave to whom.',
      'That somebody fetched a part of its public list, and never for whom.',
    ],
    totals: 'Its count of credentials',
    never: 'What it can never know',
    neverList: [
      'Where a credential is used: it is not asked.',
      'Which presentation comes from a credential that it signed itself: it could not recognise it.',
      'The secret of the wallet.',
    ],
  },
  attributes: 'Attribute',
  values: 'Value',
  offices: {
    'civil-registry': {
      title: 'Civil registry',
      story: 'Knows who lives in the south: names, birthdays, addresses.',
    },
    'northern-registry': {
      title: 'Northern registry',
      story: 'The same for the north. Sites trust both and never learn which of them it was.',
    },
    'tax-office': { title: 'Tax office', story: 'Knows incomes.' },
    'health-board': {
      title: 'Health board',
      story:
        'Knows prescriptions, and degrees of disability: of everybody, also that there is none.',
    },
  } satisfies Record<OfficeName, OfficeWords>,
  site: {
    learned: 'What this site learned',
    never: 'What it could never learn from your answer',
    nothing: 'Nothing. Your browser asked for this page, and the site made no note of it.',
    view: 'What it was told, word for word',
    row: 'The row in its database about this visit, every column',
    names: 'All codes in its database, of all visitors',
    asks: 'What it asks',
    everywhere: [
      'Your name, your number in a register, or any other value of a credential.',
      'Whether you have given an answer to another site of this town.',
    ],
    fresh: 'A visit lasts a quarter of an hour at most; afterwards the site asks again.',
    enteredAs: 'You are known here as',
    write: 'Write',
    yourText: 'Your text',
    written: 'What was written here',
    empty: 'Nothing yet.',
  },
  benefits: {
    receipt: 'Receipt',
    once: 'Granted once. Apply again, and the wallet says that the grant is used; a wallet that was tampered with is refused by the office.',
    count: (number: number) => `Grants given so far, to whomever: ${number}.`,
  },
  pharmacy: {
    count: (number: number) => `Dispensings at this pharmacy so far, for whomever: ${number}.`,
    rule: 'A prescription with two refills is good for three. Each has a code of its own: the pharmacy can refuse one that comes back, and cannot tell which of them belong together.',
  },
  reviews: {
    one: 'You have written your review. One person, one review.',
  },
  stream: {
    onAir: 'Who has been here',
    operator: 'For this demonstration you are the moderator too. A real site has them sign in.',
    ban: (name: string) => `Ban ${name}`,
    lift: (name: string) => `Let ${name} come back`,
    banned: 'You are banned',
    bannedText:
      'Leave and try to come back: a new visit does not help, nor does another browser with the same 24 words, because your name here follows from your secret. A new secret would need an office that gives you new credentials, and it takes the old ones back. What the moderator knows is this name, and not you.',
    you: 'you',
  },
  sites: {
    shop: {
      title: 'Corner wine shop',
      story: 'Buy wine: it asks whether you are 18 or older.',
      heading: 'Wine from round the corner',
      intro: 'We sell to adults. We do not want to see your identity card.',
      enter: 'I want to buy wine',
      insideHeading: 'Welcome. Here is the wine.',
      inside: 'Red, white and something sparkling. You have proven that you are 18 or older.',
      leave: 'Leave the shop',
      again: 'You have left. When you come back, the shop does not know you, and asks again.',
      learned: 'That somebody is 18 or older, on this day.',
      never: [
        'Your birthday, or how much older than 18 you are.',
        'Whether you have been here before.',
      ],
    },
    benefits: {
      title: 'Benefits office',
      story: 'Apply for the winter fuel grant: one rule over three offices, once a person.',
      heading: 'Winter fuel grant 2026',
      intro:
        'For people with less than 20,000 pounds a year who live in England, Wales or Scotland, and are 65 or older or have a disability of degree 50 or more. You need a credential of a civil registry, one of the tax office, and the one about disability of the health board.',
      enter: 'Apply for the grant',
      insideHeading: 'Granted',
      inside: 'All of the rule is true for you, and you have not applied before.',
      leave: 'Leave the office',
      again: 'You have left. Apply again to see that once means once.',
      learned:
        'That all of the rule is true for somebody, and a code by which a second application is noticed.',
      never: [
        'Whether it was age or disability.',
        'Your income, your age, or which of the three regions you live in.',
        'Which registry knows you.',
      ],
    },
    pharmacy: {
      title: 'Pharmacy',
      story: 'Collect a medicine three times; the fourth time is refused.',
      heading: 'Collect your medicine',
      intro:
        'For a prescription with two refills of the health board: three times in all, until its last day.',
      enter: 'Collect it',
      insideHeading: 'Here is your medicine',
      inside: 'The prescription is good, and this one of its three times has not been used.',
      leave: 'Leave the pharmacy',
      again: 'You have left. You can collect it until the prescription is used up.',
      learned:
        'That a prescription is good today, and one of its three codes. Pharmacies could compare these codes with each other.',
      never: [
        'Who you are.',
        'Which prescriptions, or which of your other visits, belong to this one.',
      ],
    },
    forum: {
      title: 'Youth forum',
      story: 'Join if you are 13 to 17: Tom Baker can.',
      heading: 'A place for people of 13 to 17',
      intro: 'No adults in here, and no child below 13. You get a name that stays yours.',
      enter: 'Come in',
      insideHeading: 'You are in',
      inside: 'Say something, if you like.',
      leave: 'Leave the forum',
      again: 'You have left. When you come back you have the same name.',
      learned:
        'That somebody is 13 to 17, and a code that is the same at every visit: your name follows from it.',
      never: ['Your birthday or your school.', 'Whether you have a name on another site.'],
    },
    reviews: {
      title: 'Film reviews',
      story: 'Write a review: one a person, however many accounts somebody would make.',
      heading: 'The film, as people saw it',
      intro: 'One person, one review. Nobody needs an account.',
      enter: 'Write my review',
      insideHeading: 'Your review',
      inside: 'You can write it once.',
      leave: 'Leave the site',
      again: 'You have left. The wallet knows that your one review is used.',
      learned: 'That somebody is 13 or older, and a code by which a second review is noticed.',
      never: ['Who wrote which review.', 'What you wrote elsewhere.'],
    },
    stream: {
      title: 'Live stream',
      story: 'Go live under a name that is made for you, be banned, and fail to come back.',
      heading: 'Live, from 16 on',
      intro:
        'You stream under a name that is good here and nowhere else. Whoever misbehaves is banned, without anybody knowing who it is.',
      enter: 'Go live',
      insideHeading: 'You are live',
      inside: 'Everybody sees this name.',
      leave: 'Leave the stream',
      again: 'You have left. When you come back you have the same name, if it is not banned.',
      learned:
        'That somebody is 16 or older, and a code that is the same at every visit: your name follows from it.',
      never: ['Who is behind a name, also of one that it bans.', 'Your birthday.'],
    },
  } satisfies Record<SiteName, SiteWords>,
}

export type Words = Omit<typeof EN, 'sites' | 'offices'> & {
  readonly sites: Readonly<Record<SiteName, SiteWords>>
  readonly offices: Readonly<Record<OfficeName, OfficeWords>>
}
