import { parentPort } from 'node:worker_threads'
import { serveSums } from '../../client/groth16/sum-helper.ts'

// The thread that `sum-helper.ts` starts.

const port = parentPort
if (port === null) throw new TypeError('this module runs in a worker thread')
serveSums({
  postMessage: (message) => port.postMessage(message),
  addEventListener(type, listener) {
    if (type === 'message') port.on('message', (data) => (listener as Listener)({ data }))
  },
})

type Listener = (event: { readonly data: unknown }) => void
