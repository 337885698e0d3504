import type { Session } from '../session.ts'
import type { OwnProblem } from '../words/problems.ts'
import { followText } from './receiving.ts'

// The camera and pictures. The library that reads QR codes is fetched when it is wanted first.

/** Asks for the camera; the page shows what it sees in the element that appears. */
export function startCamera(session: Session): void {
  session.update({ isCameraOn: true, failure: undefined })
}

export function stopCamera(session: Session): void {
  session.update({ isCameraOn: false })
}

/**
 * Looks through the camera, which is given back as soon as a code is seen or nobody looks any more.
 *
 * @param video - The element on the page.
 * @returns What stops it.
 */
export function watchCamera(session: Session, video: HTMLVideoElement): () => void {
  let isOver = false
  let release = (): void => undefined
  const stop = (): void => {
    isOver = true
    release()
  }
  const found = (text: string): void => {
    if (isOver) return
    stop()
    stopCamera(session)
    void followText(session, text)
  }
  openCamera(video, found).then(
    (end) => {
      release = end
      // The page may have been left while the browser asked for permission.
      if (isOver) end()
    },
    (error: unknown) => {
      stopCamera(session)
      session.fail('camera', cameraProblem(error))
    },
  )
  return stop
}

export async function readPicture(session: Session, file: Blob): Promise<void> {
  const text = await session.run(
    'picture',
    async () => {
      const { scanPicture } = await import('../../scanner.ts')
      // A file that is no picture has no code, either.
      return scanPicture(file).catch(() => undefined)
    },
    (found) =>
      found === undefined ? { failure: { task: 'picture', problem: 'NO_CODE_SEEN' } } : {},
  )
  if (text !== undefined) await followText(session, text)
}

async function openCamera(
  video: HTMLVideoElement,
  found: (text: string) => void,
): Promise<() => void> {
  const { scanCamera } = await import('../../scanner.ts')
  return scanCamera(video, found)
}

function cameraProblem(error: unknown): OwnProblem {
  const isRefused = error instanceof DOMException && error.name === 'NotAllowedError'
  return isRefused ? 'CAMERA_REFUSED' : 'CAMERA_MISSING'
}
