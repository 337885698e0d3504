/**
 * Why a verifier could not be asked. `away`: it does not answer, or says that it cannot work now.
 * `busy`: it was asked too often. `ended`: there is no such session or policy. `mistake`: it
 * answered, and not with what was asked for. Only the first is what going on without an answer,
 * `on-unavailable="defer"`, is for.
 */
export type TroubleKind = 'away' | 'busy' | 'ended' | 'mistake'

export class Trouble extends Error {
  override readonly name = 'Trouble'
  readonly kind: TroubleKind

  constructor(kind: TroubleKind, options?: ErrorOptions) {
    super(`the verifier: ${kind}`, options)
    this.kind = kind
  }
}
