/** Everything the element says. Names in braces stand for what is put there. */
export interface Words {
  readonly title: string
  readonly starting: string
  /** `{host}`: the verifier, as the wallet will name it. */
  readonly checkHost: string
  readonly open: string
  readonly opening: string
  readonly scan: string
  readonly orScan: string
  readonly orOpen: string
  readonly qrLabel: string
  readonly type: string
  /** `{time}`: minutes and seconds. */
  readonly remaining: string
  readonly expiring: string
  readonly expired: string
  readonly again: string
  readonly verified: string
  readonly rejected: string
  readonly refused: string
  readonly tryAgain: string
  readonly unavailable: string
  readonly deferred: string
  readonly retry: string
  /** For forms that cannot be sent yet. */
  readonly missing: string
}
