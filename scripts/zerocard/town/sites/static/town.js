// Looks whether a wallet has taken what an office offers, and shows the page anew when it has.
const watched = document.querySelector('[data-watch]')

async function look() {
  const response = await fetch(watched.dataset.watch).catch(() => undefined)
  const { count } = response?.ok ? await response.json() : { count: Number(watched.dataset.count) }
  if (count === Number(watched.dataset.count)) setTimeout(look, 2000)
  else location.reload()
}

if (watched !== null) void look()
