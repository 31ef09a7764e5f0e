const token = /[{}[\],:]|"(?:[^"\\\n]|\\.)*"|[-+.\w]+/y

/** What may come next; `after` a value, what goes on or ends the list or object around it. */
type Expects = 'value' | 'value or ]' | 'key' | 'key or }' | ':' | 'after'

/** Where a text that is no JSON (RFC 8259) stops being one: line and column, from 1. */
export function jsonFault(text: string): { readonly line: number; readonly column: number } {
  const open: string[] = []
  let expects: Expects | undefined = 'value'
  let at = 0
  for (;;) {
    at += /^[ \t\r\n]*/.exec(text.slice(at))![0].length
    token.lastIndex = at
    const word: string = token.exec(text)?.[0] ?? ''
    expects = step(expects, word, open)
    if (expects === undefined || word === '') break
    at += word.length
  }
  const lines = text.slice(0, at).split('\n')
  return { line: lines.length, column: lines.at(-1)!.length + 1 }
}

/** What comes after a word; undefined if the word may not be here. `open` has the brackets that are to be closed. */
function step(expects: Expects, word: string, open: string[]): Expects | undefined {
  if (expects === ':') return word === ':' ? 'value' : undefined
  if (expects === 'after' && word === ',' && open.length > 0) return open.at(-1) === '}' ? 'key' : 'value'
  const isClosing = word !== '' && word === open.at(-1) && (expects === 'after' || expects.endsWith(` ${word}`))
  if (isClosing) {
    open.pop()
    return 'after'
  }
  if (expects === 'key' || expects === 'key or }') return isScalar(word) && word.startsWith('"') ? ':' : undefined
  if (expects === 'after') return undefined
  if (word === '{' || word === '[') {
    open.push(word === '{' ? '}' : ']')
    return word === '{' ? 'key or }' : 'value or ]'
  }
  return isScalar(word) ? 'after' : undefined
}

function isScalar(word: string): boolean {
  try {
    return typeof JSON.parse(word) !== 'object' || word === 'null'
  } catch {
    return false
  }
}
