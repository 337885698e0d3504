import * as z from '../../core/zod.ts'
import { ZerocardError } from '../../core/errors.ts'
import { readWith } from '../../core/json.ts'
import { decryptJwe } from '../../core/jwe.ts'
import type { DecryptionJwk } from '../../core/jwe.ts'
import { QUERY_ID } from '../../core/openid.ts'
import { MAX_PRESENTATION_BYTES } from '../../core/presentation.ts'
import { parseJsonBody } from '../http/body.ts'
import type { Session } from './session.ts'

/** What a wallet said: a presentation, or that there will be none. */
export type WalletAnswer = { readonly presentation: string } | { readonly error: WalletError }

/** Why a wallet does not answer (OpenID4VP 1.0, section 8.5). */
export type WalletError = (typeof WALLET_ERRORS)[number]

const WALLET_ERRORS = [
  'access_denied',
  'invalid_request',
  'invalid_client',
  'invalid_scope',
  'vp_formats_not_supported',
  'invalid_request_uri_method',
  'wallet_unavailable',
] as const

/** The form a wallet posts. Members of other specifications are let pass. */
export const walletForm = z.looseObject({
  response: z.optional(z.string()),
  vp_token: z.optional(z.string()),
  state: z.optional(z.string().check(z.maxLength(200))),
  error: z.optional(z.string().check(z.maxLength(200))),
})

export type WalletForm = z.output<typeof walletForm>

const vpToken = z.strictObject({
  [QUERY_ID]: z.tuple([z.string().check(z.maxLength(MAX_PRESENTATION_BYTES))]),
})

const answerJson = z.looseObject({
  state: z.string(),
  vp_token: z.optional(z.unknown()),
  error: z.optional(z.string()),
})

/**
 * Reads an answer: encrypted if the question asked for that, in clear if it did not. That there will
 * be none may always be said in clear.
 *
 * @throws ZerocardError with `INPUT_INVALID`.
 */
export async function readAnswer(form: WalletForm, session: Session): Promise<WalletAnswer> {
  const answer = readWith(answerJson, await openForm(form, session), 'INPUT_INVALID', 'answer')
  if (answer.state !== session.id) throw invalid('the state is of another request')
  if (answer.error !== undefined) return { error: knownError(answer.error) }
  const token = readWith(vpToken, answer.vp_token, 'INPUT_INVALID', 'vp_token')
  return { presentation: token[QUERY_ID][0] }
}

async function openForm(form: WalletForm, { encryptionKey }: Session): Promise<unknown> {
  const { response, vp_token: token, state, error } = form
  if (error !== undefined) return { state, error }
  if (encryptionKey === undefined) {
    if (token === undefined || response !== undefined) throw invalid('expected vp_token and state')
    return { state, vp_token: parseJsonBody(token) }
  }
  if (response === undefined || token !== undefined) throw invalid('expected an encrypted response')
  return decryptJwe(response, JSON.parse(encryptionKey) as DecryptionJwk, 'INPUT_INVALID')
}

/** A word of a wallet's own invention is not passed on. */
function knownError(error: string): WalletError {
  return WALLET_ERRORS.find((known) => known === error) ?? 'access_denied'
}

function invalid(message: string): ZerocardError {
  return new ZerocardError('INPUT_INVALID', message)
}
