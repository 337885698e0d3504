import * as z from 'zod/mini'

// The one import of zod. Without this it would try `new Function`, which a strict content security
// policy reports as a violation; it has to be said before the first schema is made.
z.config({ jitless: true })

export * from 'zod/mini'
