import { scanCamera } from '../scanner.ts'
import type { Desk } from './desk.ts'

/** Looks while there is an element that shows it, and gives the camera back with it. */
export class Camera {
  readonly #desk: Desk
  #watched: HTMLVideoElement | null = null
  #release = (): void => undefined
  /** What was seen last: one wrong code in view is told once. */
  #seen = ''

  constructor(desk: Desk) {
    this.#desk = desk
  }

  follow(video: HTMLVideoElement | null): void {
    if (video === this.#watched) return
    this.#release()
    this.#release = (): void => undefined
    this.#watched = video
    if (video !== null) void this.#watch(video)
  }

  async #watch(video: HTMLVideoElement): Promise<void> {
    this.#seen = ''
    const found = (text: string): void => {
      if (text === this.#seen || this.#watched !== video) return
      this.#seen = text
      void this.#desk.take(text)
    }
    try {
      const release = await scanCamera(video, found)
      // The verdict may have come while the browser asked for permission.
      if (this.#watched === video) this.#release = release
      else release()
    } catch {
      if (this.#watched === video) this.#desk.fail('no-camera')
    }
  }
}
