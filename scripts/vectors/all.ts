import { credentialsKit } from './credentials.ts'
import { documentsKit } from './documents.ts'
import { encodingsKit } from './encodings.ts'
import { hashesKit } from './hashes.ts'
import type { Kit } from './kit.ts'
import { presentationsKit } from './presentation-vectors.ts'
import { proofsKit } from './proofs.ts'
import { setsKit } from './sets.ts'

/** All files of test vectors, from the ground up. */
export const ALL_KITS: readonly (() => Kit)[] = [
  encodingsKit,
  hashesKit,
  setsKit,
  credentialsKit,
  documentsKit,
  proofsKit,
  presentationsKit,
]
