import { ZerocardError } from '../../core/errors.ts'
import { writeProduction } from './production.ts'
import type { Production } from './production.ts'
import { openCeremony } from './state.ts'
import { verifyCeremony } from './verify.ts'
import type { VerifiedCeremony, VerifyOptions } from './verify.ts'

export interface FinishedCeremony extends Production {
  readonly verified: VerifiedCeremony
}

/**
 * Verifies a ceremony and writes what a deployment runs with into its folder `production`.
 *
 * @throws ZerocardError with `CONFLICT` if that was done before, and as `verifyCeremony`.
 */
export async function finalizeCeremony(options: VerifyOptions): Promise<FinishedCeremony> {
  const { isFinished } = await openCeremony(options.folder)
  if (isFinished) throw new ZerocardError('CONFLICT', 'the ceremony is finished')
  return verifyCeremony(options, async (verified) => {
    const { state, transcripts, compiled } = verified
    return { ...(await writeProduction(state, transcripts, compiled)), verified }
  })
}
