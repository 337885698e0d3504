import {
  createWorkerProver,
  generatePhrase,
  openWebArtifacts,
  requestCredential,
  secretFromPhrase,
} from 'zerocard/client'

// Makes and checks one proof: that a new holder knows the secret behind a commitment.

const fetchFile = (url, init) => fetch(url, init)
const output = document.querySelector('output')

const artifacts = await openWebArtifacts(new URL('artifacts/', document.baseURI).href, fetchFile)
const prover = createWorkerProver({ base: artifacts.base, manifest: artifacts.manifest })
const tools = { prover, keys: artifacts.keys, verifyProof: prover.verify }

const secret = secretFromPhrase(generatePhrase())
const issuer = { issuer: 'https://registry.example', nonce: 'from-the-issuer' }
const { request } = await requestCredential(secret, issuer, tools, undefined, {
  progress: (stage, done) => {
    output.textContent = `${stage}, ${Math.round(done * 100)} %`
  },
})
prover.close()
output.textContent = `a proof of ${request.proof.length} characters, made and verified`
