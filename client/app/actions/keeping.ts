import type { WalletSettings } from '../../wallet/types.ts'
import type { Session } from '../session.ts'
import type { Confirmation } from '../state.ts'
import { explainPasskey, isAcceptable } from './entering.ts'
import type { NewPassphrase } from './entering.ts'
import { followWaiting } from './receiving.ts'

// What a person does with a wallet that is there: settings, backups, and what is removed.

export async function changeSettings(
  session: Session,
  change: Partial<WalletSettings>,
): Promise<void> {
  await session.run(
    'settings',
    () => session.wallet.changeSettings(change),
    () => session.tell('saved'),
  )
}

export async function addPasskey(session: Session): Promise<void> {
  await session.run(
    'passkey',
    () => session.wallet.addPasskey(),
    () => session.tell('passkeyAdded'),
  )
  explainPasskey(session, 'passkey')
}

export async function removePasskey(session: Session): Promise<void> {
  await session.run(
    'passkey',
    () => session.wallet.removePasskey(),
    () => session.tell('passkeyRemoved'),
  )
}

export async function changePassphrase(
  session: Session,
  old: string,
  typed: NewPassphrase,
): Promise<void> {
  if (!isAcceptable(session, 'change', typed)) return
  await session.run(
    'change',
    () => session.wallet.changePassphrase(old, typed.passphrase),
    () => ({ ...session.tell('changed'), strength: 'none' }),
  )
}

/** Makes an encrypted file, and hands it to the browser to be saved. */
export async function exportBackup(session: Session, typed: NewPassphrase): Promise<void> {
  if (!isAcceptable(session, 'export', typed)) return
  await session.run(
    'export',
    () => session.wallet.exportBackup(typed.passphrase),
    (file) => {
      session.page.save(backupName(session.page.now()), file)
      return { ...session.tell('exported'), strength: 'none' }
    },
  )
}

/** Opens a backup file, to show what is in it before anything is made of it. */
export async function inspectBackup(
  session: Session,
  file: Blob | undefined,
  passphrase: string,
): Promise<void> {
  if (file === undefined || file.size === 0) {
    session.fail('inspect', 'FILE_MISSING')
    return
  }
  await session.run(
    'inspect',
    async () => {
      const bytes = new Uint8Array(await file.arrayBuffer())
      return { file: bytes, view: await session.wallet.inspectBackup(bytes, passphrase) }
    },
    ({ file: bytes, view }) => ({ restoring: { file: bytes, passphrase, view } }),
  )
}

export async function restoreBackup(session: Session, typed: NewPassphrase): Promise<void> {
  const { restoring } = session.state
  if (restoring === undefined || !isAcceptable(session, 'restore', typed)) return
  await session.run(
    'restore',
    () => session.wallet.restoreBackup(restoring.file, restoring.passphrase, typed.passphrase),
    () => ({ restoring: undefined, strength: 'none' }),
  )
  await followWaiting(session)
}

export async function keepReady(
  session: Session,
  { host, policy }: { readonly host: string; readonly policy: string },
  wanted: number,
): Promise<void> {
  await session.run('ready', () => session.wallet.keepReady(host, policy, wanted))
}

export function ask(session: Session, confirming: Confirmation): void {
  session.update({ confirming, failure: undefined, notice: undefined })
}

export function dismiss(session: Session): void {
  session.update({ confirming: undefined, failure: undefined })
}

/** Does what was asked about. */
export async function confirm(session: Session): Promise<void> {
  const { confirming } = session.state
  if (confirming === undefined) return
  session.update({ confirming: undefined })
  await CONFIRMED[confirming.kind](session, 'id' in confirming ? confirming.id : '')
}

const CONFIRMED: Readonly<
  Record<Confirmation['kind'], (session: Session, id: string) => Promise<unknown>>
> = {
  remove: (session, id) =>
    session.run(
      'remove',
      () => session.wallet.removeCredential(id),
      () => session.tell('removed'),
    ),
  forget: (session, id) => session.run('forget', () => session.wallet.forgetPending(id)),
  clear: (session) =>
    session.run(
      'clear',
      () => session.wallet.clearHistory(),
      () => ({ ...session.tell('cleared'), historyHost: undefined }),
    ),
  destroy: (session) => session.run('destroy', () => session.wallet.destroy()),
}

function backupName(now: number): string {
  return `zerocard-${new Date(now * 1000).toISOString().slice(0, 10)}.backup`
}
