import express from 'express'
import { requireProof, zerocard } from 'zerocard/express'
import { openArtifacts } from 'zerocard/node'

const [config = 'verifier.json', port = '4000'] = process.argv.slice(2)
const { accepted: keys } = await openArtifacts() // what `npm run build` made
const app = express()

app.use(zerocard({ config, keys }))
app.get('/wine', requireProof('over-18@1'), (request, response) => {
  response.send(`Welcome. You have proven ${request.eligibility.policy}; we know nothing else.`)
})
app.listen(Number(port))
