import * as z from '../../../../core/zod.ts'
import { readWith } from '../../../../core/json.ts'
import { readJson } from '../../files.ts'
import { SITES } from '../plan.ts'

const address = z.strictObject({
  name: z.string(),
  title: z.string(),
  kind: z.enum(['issuer', 'trust', 'verifier']),
  origin: z.string(),
  token: z.string(),
})

const shape = z.strictObject({
  /** Origins. */
  portal: z.string(),
  wallet: z.string(),
  offices: z.array(address),
  trust: z.array(address),
  sites: z.array(
    z.strictObject({
      name: z.enum(SITES.map(({ name }) => name)),
      origin: z.string(),
      /** File with the configuration of its verifier. */
      config: z.string(),
    }),
  ),
})

/** What the process of the portal and the sites is told. */
export type SitesFile = z.output<typeof shape>

/** @throws ZerocardError with `CONFIG_INVALID`. */
export function readSitesFile(path: string): SitesFile {
  return readJson(path, (json) => readWith(shape, json, 'CONFIG_INVALID', 'sites'))
}
