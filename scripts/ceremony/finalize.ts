import { ZerocardError } from '../../core/errors.ts'
import type { Manifest } from '../../core/manifest.ts'
import { writeProduction } from './production.ts'
import { openCeremony, productionFolder } from './state.ts'
import { verifyCeremony } from './verify.ts'
import type { VerifiedCeremony, VerifyOptions } from './verify.ts'

export interface FinishedCeremony {
  readonly folder: string
  readonly manifest: Manifest
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
    const manifest = await writeProduction(state, transcripts, compiled)
    return { folder: productionFolder(options.folder), manifest, verified }
  })
}
