/** A Markdown table with aligned columns, as the formatter wants it; bars inside cells are escaped. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [head, ...rows].map((row) => row.map((cell) => cell.replaceAll('|', '\\|')))
  const widths = head.map((_, column) => Math.max(3, ...cells.map((row) => [...(row[column] ?? '')].length)))
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell + ' '.repeat(widths[column]! - [...cell].length)).join(' | ')} |`
  const rule = line(widths.map((width) => '-'.repeat(width)))
  return [line(cells[0]!), rule, ...cells.slice(1).map(line)].join('\n')
}

/** Text as inline code. */
export function code(text: string): string {
  return `\`${text}\``
}
