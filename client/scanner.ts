import { BarcodeDetector } from 'qr/decode.js'
import { QRCanvas, frameLoop, rearCamera } from 'qr/dom.js'

// QR codes from the camera or from a picture. Nothing of what is seen leaves the browser.

/** Pictures are made smaller than this before they are searched, in pixels a side. */
const MAX_SIDE = 2000

/** @returns The text of the QR code in a picture; undefined if none can be read. */
export async function scanPicture(file: Blob): Promise<string | undefined> {
  const bitmap = await createImageBitmap(file)
  try {
    const found = await new BarcodeDetector({ formats: ['qr_code'] }).detect(draw(bitmap))
    return found[0]?.rawValue
  } finally {
    bitmap.close()
  }
}

/**
 * Looks through the camera until a QR code is seen.
 *
 * @param video - Shows what the camera sees.
 * @returns What stops looking and gives the camera back.
 * @throws DOMException if the person or the browser does not allow it.
 */
export async function scanCamera(
  video: HTMLVideoElement,
  found: (text: string) => void,
): Promise<() => void> {
  const camera = await rearCamera(video)
  const canvas = new QRCanvas()
  const look = async (): Promise<void> => {
    const text = await camera.readFrame(canvas, true)
    if (typeof text === 'string') found(text)
  }
  const cancel = frameLoop(() => {
    // A frame that cannot be read is followed by another.
    look().catch(() => undefined)
  }, video)
  return () => {
    cancel()
    camera.stop()
  }
}

function draw(bitmap: ImageBitmap): OffscreenCanvas | HTMLCanvasElement {
  const scale = Math.min(1, MAX_SIDE / Math.max(bitmap.width, bitmap.height))
  const canvas = document.createElement('canvas')
  canvas.width = Math.max(1, Math.round(bitmap.width * scale))
  canvas.height = Math.max(1, Math.round(bitmap.height * scale))
  const context = canvas.getContext('2d')
  // A transparent picture of a code would be black on black.
  if (context !== null) {
    context.fillStyle = 'white'
    context.fillRect(0, 0, canvas.width, canvas.height)
    context.drawImage(bitmap, 0, 0, canvas.width, canvas.height)
  }
  return canvas
}
