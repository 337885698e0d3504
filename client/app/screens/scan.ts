import { html, nothing } from 'lit'
import type { TemplateResult } from 'lit'
import { readPicture, startCamera, stopCamera } from '../actions/scanning.ts'
import { followText } from '../actions/receiving.ts'
import { field, fieldState, heading, isBusy, problem, submit, textField, textOf } from './parts.ts'
import type { View } from './view.ts'

/** Where links come in: pasted, by camera, or from a picture. Counters will be read here, too. */
export function scanScreen(view: View): TemplateResult {
  const { words, session } = view
  return html`${heading(view)}
    <p>${words.scan.intro}</p>
    <form novalidate @submit=${submit((form) => followText(session, textOf(form, 'link')))}>
      ${textField(view, {
        id: 'link',
        label: words.scan.link,
        hint: words.scan.linkHint,
        inputMode: 'url',
        task: 'link',
        problems: ['LINK_MISSING', 'REQUEST_INVALID', 'OFFER_INVALID', 'ADDRESS_REFUSED'],
      })}
      ${problem(view, 'link')}
      <div class="actions">
        <button type="submit" class="primary" aria-disabled=${isBusy(view) ? 'true' : 'false'}>
          ${isBusy(view, 'link') ? words.common.working : words.scan.read}
        </button>
      </div>
    </form>
    ${cameraPart(view)} ${picturePart(view)}`
}

function cameraPart(view: View): TemplateResult {
  const { state, words, session } = view
  return html`<section aria-labelledby="camera-title">
    <h2 id="camera-title">${words.scan.camera}</h2>
    <p>${words.scan.cameraHelp}</p>
    ${
      state.isCameraOn
        ? html`<video id="camera" playsinline muted aria-label=${words.scan.video}></video>
            <p role="status">${words.scan.looking}</p>`
        : nothing
    }
    ${problem(view, 'camera')}
    <button
      type="button"
      class="secondary"
      @click=${() => (state.isCameraOn ? stopCamera(session) : startCamera(session))}
    >
      ${state.isCameraOn ? words.scan.stopCamera : words.scan.startCamera}
    </button>
  </section>`
}

function picturePart(view: View): TemplateResult {
  const { words, session } = view
  const options = {
    id: 'picture',
    label: words.scan.picture,
    hint: words.scan.pictureHint,
    task: 'picture',
    problems: ['NO_CODE_SEEN'],
  } as const
  const { isInvalid, describedBy } = fieldState(view, options)
  const choose = ({ target }: Event) => {
    const file = target instanceof HTMLInputElement ? target.files?.[0] : undefined
    if (file !== undefined) void readPicture(session, file)
  }
  return html`<section>
    ${field(
      options,
      html`<input
        id="picture"
        type="file"
        accept="image/*"
        aria-invalid=${isInvalid ? 'true' : nothing}
        aria-describedby=${describedBy}
        @change=${choose}
      />`,
    )}
    ${problem(view, 'picture')}
  </section>`
}
