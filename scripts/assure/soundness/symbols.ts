/** Names of wires, from circom's `.sym` file: label, wire, component, `main.name` per line. */
export function readSymbols(text: string): Map<string, number> {
  const nameOf = componentNames()
  return new Map(
    text
      .trimEnd()
      .split('\n')
      .map((row) => {
        const [, wire = '-1', , name = ''] = row.split(',')
        return [nameOf(name), Number(wire)]
      }),
  )
}

/**
 * Names for components that have none in the source. The compiler calls them by template, a serial
 * number and the place in the source; here they are `Bits`, `Bits#2` and so on, in each template.
 */
function componentNames(): (symbol: string) => string {
  const named = new Map<string, string>()
  const counts = new Map<string, number>()
  const next = (parent: string, template: string): string => {
    const count = (counts.get(`${parent}.${template}`) ?? 0) + 1
    counts.set(`${parent}.${template}`, count)
    return count === 1 ? template : `${template}#${count}`
  }
  return (symbol) =>
    symbol.split('.').reduce((parent, segment) => {
      const [, template, serial, index = ''] = /^(\w+?)(_\d+_\d+)(\[.*)?$/.exec(segment) ?? []
      if (template === undefined || serial === undefined) return `${parent}.${segment}`
      const key = `${parent}.${template}${serial}`
      const name = named.get(key) ?? next(parent, template)
      named.set(key, name)
      return `${parent}.${name}${index}`
    })
}
