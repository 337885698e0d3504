import { ZerocardError } from '../../core/errors.ts'

// Passkeys as a source of keys: the PRF extension of Web Authentication (Level 3, section 10.1.4),
// by which an authenticator turns a salt into 32 bytes that nobody else can make.

/** Which passkey, and what it is given; neither is secret. */
export interface PrfCredential {
  readonly credentialId: Uint8Array<ArrayBuffer>
  readonly salt: Uint8Array<ArrayBuffer>
}

/** The same with what comes out. */
export interface PrfSecret extends PrfCredential {
  /** 32 bytes, always the same for one passkey and salt. */
  readonly output: Uint8Array<ArrayBuffer>
}

/** Both calls throw ZerocardError with `ABORTED` or `UNAVAILABLE`, see {@link webAuthnPrf}. */
export interface PrfSource {
  register(): Promise<PrfSecret>
  evaluate(credential: PrfCredential): Promise<Uint8Array<ArrayBuffer>>
}

export interface PasskeyNames {
  /** What the browser calls this site, such as `Zerocard wallet`. */
  readonly site: string
  /** What the passkey is called in the person's list. */
  readonly user: string
}

const SALT_BYTES = 32
const OUTPUT_BYTES = 32
const ES256 = -7
const EDDSA = -8
const RS256 = -257

/** Milliseconds for a person to find a key and touch it; browsers may shorten or lengthen it. */
const TIMEOUT = 120_000

/**
 * Passkeys of this page's domain. Asks for the person's finger, face or PIN each time: without that
 * an authenticator that somebody found would open the wallet. Nothing goes to a server, so nobody
 * checks the authenticator's signature; the key that comes out is the proof.
 *
 * `ABORTED` if the person declined, took too long or has not the passkey, which browsers do not tell
 * apart; `UNAVAILABLE` if browser or authenticator cannot do this.
 */
export function webAuthnPrf(names: PasskeyNames): PrfSource {
  return {
    register: async () => {
      const salt = crypto.getRandomValues(new Uint8Array(SALT_BYTES))
      const made = await ceremony(() => credentials().create(creation(names, salt)))
      const credential = { credentialId: new Uint8Array(made.rawId), salt }
      // Some authenticators give the output only when they are used, not when the passkey is made.
      const output = outputOf(made) ?? (await evaluate(credential))
      return { ...credential, output }
    },
    evaluate,
  }
}

async function evaluate(credential: PrfCredential): Promise<Uint8Array<ArrayBuffer>> {
  const output = outputOf(await ceremony(() => credentials().get(request(credential))))
  if (output === undefined) throw unavailable('this passkey makes no keys')
  return output
}

function creation(
  { site, user }: PasskeyNames,
  salt: Uint8Array<ArrayBuffer>,
): CredentialCreationOptions {
  return {
    publicKey: {
      challenge: random(),
      rp: { name: site },
      // A new one each time: an earlier passkey stays until the person removes it.
      user: { id: random(), name: user, displayName: user },
      pubKeyCredParams: [ES256, EDDSA, RS256].map((alg) => ({ type: 'public-key', alg })),
      authenticatorSelection: { residentKey: 'preferred', userVerification: 'required' },
      attestation: 'none',
      timeout: TIMEOUT,
      extensions: { prf: { eval: { first: salt } } },
    },
  }
}

function request({ credentialId, salt }: PrfCredential): CredentialRequestOptions {
  return {
    publicKey: {
      challenge: random(),
      allowCredentials: [{ type: 'public-key', id: credentialId }],
      userVerification: 'required',
      timeout: TIMEOUT,
      extensions: { prf: { eval: { first: salt } } },
    },
  }
}

async function ceremony(ask: () => Promise<Credential | null>): Promise<PublicKeyCredential> {
  const credential = await ask().catch((cause: unknown) => {
    throw refusalOf(cause)
  })
  if (credential === null) throw unavailable('the browser gave no passkey')
  return credential as PublicKeyCredential
}

/** Undefined if it is not there or not of the length that the standard says. */
function outputOf(credential: PublicKeyCredential): Uint8Array<ArrayBuffer> | undefined {
  const first = credential.getClientExtensionResults().prf?.results?.first
  if (!(first instanceof ArrayBuffer) || first.byteLength !== OUTPUT_BYTES) return undefined
  return new Uint8Array(first)
}

function refusalOf(cause: unknown): ZerocardError {
  if (cause instanceof ZerocardError) return cause
  const name = cause instanceof Error ? cause.name : ''
  return name === 'NotAllowedError' || name === 'AbortError'
    ? new ZerocardError('ABORTED', 'no passkey was used', { cause })
    : unavailable('the browser cannot use passkeys here', { cause })
}

/** The types say that they are always there; insecure pages and Node have none. */
function credentials(): CredentialsContainer {
  const { navigator } = globalThis as { navigator?: { credentials?: CredentialsContainer } }
  if (navigator?.credentials === undefined) throw unavailable('this browser has no passkeys')
  return navigator.credentials
}

/** No server compares them. */
function random(): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(32))
}

function unavailable(message: string, options?: ErrorOptions): ZerocardError {
  return new ZerocardError('UNAVAILABLE', message, options)
}
