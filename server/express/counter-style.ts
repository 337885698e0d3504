/** How a clerk's page looks: wide screens have question and answer side by side. */
export const COUNTER_CSS = `
:root { color-scheme: light dark; font: 1.0625rem/1.5 system-ui, sans-serif;
  --line: light-dark(#6b7280, #8a93a3); --soft: light-dark(#f1f4f8, #1b222c);
  --accent: light-dark(#0b4f8a, #8cc4f5); --on-accent: light-dark(#fff, #0c1218);
  --yes: light-dark(#0f5c2e, #7fd6a0); --no: light-dark(#9b1c1c, #ff9d94);
  --ground: light-dark(#fff, #11161d); --ink: light-dark(#16202b, #eef2f6) }
* { box-sizing: border-box }
body { margin: 0; background: var(--ground); color: var(--ink) }
main { max-width: 72rem; margin: 0 auto; padding: 1rem clamp(1rem, 4vw, 2rem) 3rem }
h1 { font-size: 1.5rem; line-height: 1.25; margin: .5rem 0 }
h1:focus { outline: none }
h2 { font-size: 1.15rem; margin: 0 0 .5rem }
p { margin: .5rem 0 }
.bar { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; justify-content: space-between; align-items: center }
.bar p { margin: 0 }
.languages { display: flex; gap: .5rem }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr)); gap: 1.5rem; align-items: start; margin-block-start: 1rem }
.box { border: 1px solid var(--line); border-radius: .75rem; padding: 1rem 1.25rem 1.25rem; min-width: 0 }
.qr { background: #fff; border-radius: .5rem; width: min(100%, 30rem); display: block; margin-block: .75rem }
.qr svg { display: block; width: 100%; height: auto }
video { width: 100%; max-height: 60vh; background: #000; border-radius: .5rem; display: block; margin-block: .75rem }
button, .file { font: inherit; min-height: 2.75rem; padding: .6rem 1.2rem; border-radius: .5rem; border: 1px solid var(--accent); background: none; color: var(--accent); cursor: pointer }
button.primary { background: var(--accent); color: var(--on-accent) }
button.large { font-size: 1.25rem; padding: .9rem 1.8rem }
button[aria-pressed=true] { background: var(--accent); color: var(--on-accent) }
:focus-visible { outline: .2rem solid var(--accent); outline-offset: .15rem }
label { display: block; font-weight: 600; margin-block: .75rem .25rem }
textarea, input[type=file] { font: inherit; width: 100%; max-width: 100% }
textarea { min-height: 5rem; padding: .5rem; border: 1px solid var(--line); border-radius: .5rem; background: var(--ground); color: inherit; font-family: ui-monospace, monospace; font-size: .9rem }
input[type=file] { padding: .6rem 0; min-height: 2.75rem }
details { margin-block-start: 1rem }
summary { cursor: pointer; padding-block: .5rem; min-height: 2.75rem }
.quiet { color: light-dark(#4a5565, #b4bdc9) }
.problem { border-inline-start: .3rem solid var(--no); padding-inline-start: .75rem }
.sentence { white-space: pre-line; background: var(--soft); border-radius: .5rem; padding: .75rem 1rem; overflow-wrap: anywhere }
.verdict { border: .35rem solid; border-radius: 1rem; padding: 1rem 1.5rem; margin-block: 1rem }
.verdict.yes { border-style: solid; border-color: var(--yes) }
.verdict.no { border-style: dashed; border-color: var(--no) }
.verdict h1 { font-size: clamp(3rem, 14vw, 6rem); line-height: 1.1; margin: 0; letter-spacing: .02em }
.verdict.yes h1 { color: var(--yes) }
.verdict.no h1 { color: var(--no) }
.verdict p { font-size: 1.25rem }
.photograph { display: block; width: min(100%, 24rem); height: auto; image-rendering: auto; background: #fff; border: 1px solid var(--line); border-radius: .5rem }
dt { font-weight: 600; margin-block-start: .75rem }
dd { margin: 0; overflow-wrap: anywhere }
@media (prefers-reduced-motion: no-preference) { .verdict { animation: appear .2s ease-out } }
@keyframes appear { from { opacity: 0; transform: scale(.97) } }
`
