import type { WebhookDelivery } from '../../../server/verifier/webhooks.ts'

/** What a sender of webhooks keeps. */
export interface Tables {
  readonly verifier_deliveries: WebhookDelivery
}

export const COMPONENT = {
  name: 'webhooks-test',
  title: 'a test database',
  applicationId: 0x7a_63_74_33,
  migrations: [
    [
      `CREATE TABLE verifier_deliveries (id TEXT PRIMARY KEY, target TEXT NOT NULL,
        body TEXT NOT NULL, attempts BIGINT NOT NULL, next_at BIGINT NOT NULL,
        created_at BIGINT NOT NULL, done_at BIGINT)`,
    ],
  ],
}

export const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
