import { startIssuerService } from '../../../server/issuer/service.ts'
import { startTrustService } from '../../../server/trust/service.ts'
import { startVerifierService } from '../../../server/verifier/service.ts'
import type { RunningService } from '../../../server/http/listen.ts'
import { openArtifacts, artifactPlace } from '../../../scripts/zerocard/artifacts.ts'
import { startSites } from '../../../scripts/zerocard/town/sites/serve.ts'
import type { Launch, TownPart } from '../../../scripts/zerocard/town/process.ts'
import { startWalletServer } from '../../../scripts/zerocard/wallet-serve.ts'
import { acceptedKeys, keys } from '../../support/tools.ts'

// The parts of a town in this process: the same configurations, and no second to start each.

const quiet = { write: () => undefined }
const clock = (): number => Math.floor(Date.now() / 1000)

export const launchHere =
  (web: string): Launch =>
  async (part) => {
    const service = await start(part, web)
    return {
      title: part.title,
      ended: new Promise(() => undefined),
      stop: () => service.close(),
    }
  }

async function start({ args, environment }: TownPart, web: string): Promise<RunningService> {
  const [kind, , , value = ''] = args
  const common = { configPath: value, environment, clock, destination: quiet }
  if (kind === 'issuer') return startIssuerService({ ...common, enrolmentKey: keys.enrolment.key })
  if (kind === 'trust') return startTrustService(common)
  if (kind === 'verifier') return startVerifierService({ ...common, keys: acceptedKeys })
  if (kind === 'sites') return startSites(value, acceptedKeys)
  const { manifest, manifestBytes } = await openArtifacts()
  const [host = '', port = ''] = value.split(':')
  const witnesses = args.slice(args.indexOf('--witness') + 1)
  const place = artifactPlace()
  const served = { web, place, manifest, manifestBytes, witnesses }
  return startWalletServer({ host, port: Number(port), ...served })
}
