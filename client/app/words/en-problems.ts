import type { ProblemWords } from './problems.ts'

// What happened, and what to do. That nothing is lost is said beside it, where it is so.

export const enProblems: ProblemWords = {
  codes: {
    FIELD_INVALID: ['What came in was damaged.', 'Try again, or ask whoever sent it.'],
    ENCODING_INVALID: ['What came in was damaged.', 'Try again, or ask whoever sent it.'],
    SCHEMA_INVALID: [
      'The description of the card is not one this wallet can read.',
      'Ask the issuer, or reload the wallet for a newer version.',
    ],
    ATTRIBUTE_INVALID: [
      'A value on the card is not what its description promises.',
      'Ask the issuer to correct it.',
    ],
    KEY_INVALID: [
      'A key of the other side is not sound.',
      'Do not go on; tell whoever runs the site.',
    ],
    SIGNATURE_INVALID: [
      'A signature is wrong: what came in may have been changed on the way.',
      'Do not go on; try again later, or tell whoever sent it.',
    ],
    CREDENTIAL_INVALID: ['The card that came is not sound.', 'Ask the issuer for another.'],
    CREDENTIAL_EXPIRED: ['A card you need for this has expired.', 'Ask the issuer for a new one.'],
    CREDENTIAL_NOT_YET_VALID: ['A card you need for this is not valid yet.', 'Wait until it is.'],
    CREDENTIAL_REVOKED: [
      'A card you need for this was revoked by its issuer.',
      'Ask the issuer why.',
    ],
    HOLDER_MISMATCH: [
      'The card belongs to other 24 words than yours.',
      'Use the wallet it was issued to, or ask the issuer for one for this wallet.',
    ],
    ENROLMENT_INVALID: [
      'The issuer did not accept how your wallet introduced itself.',
      'Ask the issuer for a new offer.',
    ],
    SET_INVALID: ['A list of the issuer is damaged.', 'Try again later.'],
    SET_FULL: ['A list is full.', 'Tell whoever runs it.'],
    STATUS_INVALID: ['The issuer’s list of revoked cards is not sound.', 'Try again later.'],
    STATUS_STALE: ['The issuer’s list of revoked cards is too old.', 'Try again later.'],
    TRUST_INVALID: [
      'The list of issuers this site trusts is not sound.',
      'Do not go on; tell whoever runs the site.',
    ],
    LOG_FORKED: [
      'The issuer of your card has published two contradicting records, as one would to tell people apart. The wallet has kept the proof and no longer uses this card.',
      'Do not go on here. Save the proof on the card’s page and show it to others, or ask the issuer.',
    ],
    LOG_UNWITNESSED: [
      'The issuer’s record that this site uses has not been seen in public yet. It could have been made for you alone.',
      'Try again in a few minutes. If it stays so, do not answer, and tell whoever runs the site.',
    ],
    ISSUER_UNTRUSTED: [
      'You have no card from an issuer that is accepted here.',
      'Look which issuers are accepted, and ask one for a card.',
    ],
    POLICY_INVALID: [
      'The question is not put in a way this wallet can check.',
      'Tell whoever runs the site.',
    ],
    POLICY_TOO_LARGE: ['The question is too large to be proven.', 'Tell whoever runs the site.'],
    POLICY_NOT_SATISFIED: [
      'What is asked is not true of your cards.',
      'If a card is wrong or missing, ask its issuer.',
    ],
    PHRASE_INVALID: [
      'These are not the 24 words of a wallet: one is wrong, missing or in another place.',
      'Compare them with your paper, word for word.',
    ],
    PRESENTATION_INVALID: [
      'The site could not read the answer.',
      'Go back to the site and begin again.',
    ],
    PRESENTATION_SIGNATURE_INVALID: [
      'The site did not accept the signature of the answer.',
      'Go back to the site and begin again.',
    ],
    PRESENTATION_EXPIRED: [
      'The answer came too late, or the clock of this device is wrong.',
      'Check the clock, go back to the site and begin again.',
    ],
    AUDIENCE_MISMATCH: [
      'The answer was for somebody else than whoever asked.',
      'Go back to the site and begin again.',
    ],
    NONCE_MISMATCH: [
      'The answer was for another question.',
      'Go back to the site and begin again.',
    ],
    NONCE_USED: [
      'This question has been answered already.',
      'Go back to the site and begin again.',
    ],
    POLICY_MISMATCH: [
      'The question has changed meanwhile.',
      'Go back to the site and begin again.',
    ],
    KEY_UNKNOWN: [
      'This wallet and the site do not use the same keys for proofs.',
      'Reload the wallet for a newer version; if that does not help, tell the site.',
    ],
    KEY_FORGEABLE: [
      'This wallet has test keys, which the site does not accept.',
      'Use a wallet with real keys.',
    ],
    DATE_REFUSED: [
      'The day of the proof is not today.',
      'Check the date of this device, then begin again at the site.',
    ],
    TRUST_ROOT_UNKNOWN: [
      'The site’s list of issuers has changed meanwhile.',
      'Go back to the site and begin again.',
    ],
    PSEUDONYM_USED: [
      'You have used up your answers for this purpose.',
      'If you think that is wrong, ask the site.',
    ],
    PROOF_INVALID: ['The proof was not accepted.', 'Go back to the site and begin again.'],
    PROVING_FAILED: [
      'The proof could not be made. This device may have too little memory.',
      'Close other tabs and try again.',
    ],
    USE_EXHAUSTED: [
      'You have used up your answers for this purpose.',
      'If you think that is wrong, ask the site.',
    ],
    ARTIFACT_INVALID: [
      'What the proof needs did not arrive unharmed.',
      'Try again with a better connection.',
    ],
    INPUT_INVALID: [
      'Something that was sent was not accepted.',
      'Check what you typed, such as the code, and try again.',
    ],
    UNAUTHORIZED: [
      'The other side did not let the wallet in: the offer or the code is wrong or used up.',
      'Ask for a new offer.',
    ],
    FORBIDDEN: ['The other side does not allow this.', 'Ask whoever runs it.'],
    NOT_FOUND: [
      'This does not exist at the other side, or not any more.',
      'Ask for a new link or QR code.',
    ],
    CONFLICT: ['The other side has moved on meanwhile.', 'Begin again there.'],
    INPUT_TOO_LARGE: ['What came in is too large.', 'Use another link or file.'],
    MEDIA_TYPE: [
      'The other side answered with something that is not meant for a wallet.',
      'Check the link, or tell whoever runs the site.',
    ],
    RATE_LIMITED: ['There were too many attempts.', 'Wait some minutes, then try again.'],
    OVERLOADED: ['The other side is too busy.', 'Wait a moment, then try again.'],
    UNAVAILABLE: ['The other side is out of service.', 'Try again later.'],
    CONSENT_STALE: [
      'Nothing was sent: the day or your cards have changed since you read this.',
      'Open the question again, and look at what would be shown now.',
    ],
    SESSION_EXPIRED: ['This question has closed.', 'Go back to the site and begin again.'],
    PSEUDONYM_BANNED: ['The site has shut out your code for this purpose.', 'Ask the site why.'],
    OFFER_INVALID: [
      'The code is not the right one, or this is no offer of a card any more.',
      'Type the code again. If it stays so, ask the issuer for a new offer.',
    ],
    REQUEST_INVALID: [
      'This is not a link that a wallet can read.',
      'Check that the link or QR code is whole, or ask for a new one.',
    ],
    RECOVERY_LIMITED: [
      'The issuer has replaced a card of yours a short time ago and waits before the next.',
      'Ask the issuer when you can try again.',
    ],
    FETCH_FAILED: ['The other side could not be reached.', 'Check your connection and try again.'],
    ADDRESS_REFUSED: [
      'The link leads to an address that a wallet does not talk to.',
      'Do not go on; tell whoever gave you the link.',
    ],
    LOCKED: ['The wallet is locked.', 'Unlock it and try again.'],
    UNLOCK_FAILED: [
      'That does not open it.',
      'Try again; check capitals and the keyboard’s language.',
    ],
    STORAGE_FAILED: [
      'The browser could not read or keep what the wallet stores.',
      'Reload the page. If it happens again, restore a backup file.',
    ],
    STORAGE_FULL: [
      'The browser has no space left, so this was not kept.',
      'Free some space on the device and try again.',
    ],
    BACKUP_INVALID: [
      'This is not a backup file of a wallet, or it is damaged.',
      'Choose another file.',
    ],
    ABORTED: ['Cancelled.', 'You can begin again.'],
    BUDGET_SPENT: [
      'This site has asked so much that another answer would tell too much about you.',
      'The wallet refuses. Ask the site for a simpler question.',
    ],
  },
  own: {
    PASSPHRASE_SHORT: ['The passphrase is too short.', 'Use at least 8 characters.'],
    PASSPHRASES_DIFFER: ['The two passphrases are not the same.', 'Type them again.'],
    WORDS_WRONG: ['At least one word is not the right one.', 'Look at your paper, and try again.'],
    CODE_MISSING: ['The code is missing.', 'Type the code that the issuer gave you.'],
    FILE_MISSING: ['No file is chosen.', 'Choose a backup file.'],
    LINK_MISSING: ['There is no link.', 'Paste the whole link.'],
    CONFIRMATION_WRONG: ['The word is not the one that was asked for.', 'Type it exactly.'],
    CAMERA_REFUSED: [
      'The browser does not let the wallet use the camera.',
      'Allow it in the browser’s settings, or use a picture or the link.',
    ],
    CAMERA_MISSING: ['No camera was found.', 'Use a picture or the link.'],
    NO_CODE_SEEN: [
      'There is no QR code to be read in this picture.',
      'Try a sharper one, or the link.',
    ],
    PASSKEY_FAILED: ['The passkey could not be used.', 'Try again, or use the passphrase.'],
  },
  findings: {
    UNVERIFIED_VERIFIER: (_, value) =>
      `Nobody can tell now whether ${value} asks this. Whoever made the question sees your answer and can use it for nothing else than this question. Answer only if you know whom you are dealing with.`,
    NARROWS: (about) =>
      `These limits lie so close together, or so close to what this site asked before, that the answer would narrow “${about}” to less than a year. The wallet does not answer.`,
    BUDGET_SPENT: (about) =>
      `This site has asked too many different questions about “${about}” within a year. One more answer could let it work out the value. The wallet does not answer.`,
    COULD_NOT_BEFORE: (about, value) =>
      `This site asked the same on ${value}. If it got no proof then and gets one now, it can conclude that your “${about}” crossed the limit in between.`,
    CHANGES_LATER: (about, value) =>
      `You have proved this to the site since ${value}. One day you no longer can; a site that asks often sees when, and so learns your “${about}” more exactly.`,
    UNUSUAL_AGE: (_, value) =>
      `An age limit of ${value} years is unusual. Ask yourself why this site needs exactly this one.`,
    UNUSUAL_DATE: (about, value) =>
      `The limit ${value} for “${about}” is a date, not a usual age. Ask yourself why this site needs it.`,
    COMPARES: (about, value) =>
      `The question compares “${about}” with “${value}”. Whoever issued one of them could have chosen it to find out the other.`,
    NARROW_LIST: (about, value) =>
      `Accepted values of “${about}”: only ${value}. An answer tells the site that yours is among them, which can come close to telling who you are.`,
    LIST_NARROWED: (about) =>
      `Issuers that were on this site’s list before are no longer on it. The answer tells more closely who signed your card (${about}).`,
    SINGLE_ISSUER: (about, value) =>
      `Only ${value} is accepted as issuer (${about}), so the answer tells who signed your card.`,
    FEW_ISSUERS: (about, value) =>
      `Accepted issuers (${about}): only ${value}. The answer tells that yours is one of them. Whoever makes the list can invent the others.`,
    DISCLOSES: (about) =>
      `The site will see your “${about}” itself, not only a statement about it.`,
    RECOGNISES: () => 'The site can recognise you each time you answer.',
    SHARED_SCOPE: (_, value) =>
      `Other sites that use the name “${value}” can recognise these answers as yours, too.`,
    ASKED_BEFORE: (_, value) => `How often this site has asked you before: ${value}.`,
  },
  finding: (code) => `The wallet noticed something about this question (${code}).`,
}
