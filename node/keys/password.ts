import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { NodeError } from '../../core/errors.ts'

/** Where the password comes from, first one set: a file's first line, the environment, a prompt. */
export type PasswordSource = { readonly file: string | undefined; readonly value: string | undefined }

/**
 * The password of a key. With `repeat` a prompt asks twice. Throws a NodeError (code `password`) when there is no
 * terminal to ask on, the two differ, or it is empty.
 */
export async function readPassword(source: PasswordSource, { repeat }: { readonly repeat: boolean }): Promise<string> {
  const password = await find(source, repeat)
  if (password === '') throw problem('the password is empty', 'choose one with at least one character')
  return password
}

async function find({ file, value }: PasswordSource, repeat: boolean): Promise<string> {
  if (file !== undefined) return firstLine(file)
  if (value !== undefined) return value
  if (!process.stdin.isTTY) {
    throw problem(
      'no password is given and there is no terminal to ask on',
      'use --password-file or OPENLEDGER_PASSWORD',
    )
  }
  const first = await prompt('Password: ')
  if (repeat && (await prompt('Again: ')) !== first) throw problem('the two passwords differ', 'run the command again')
  return first
}

function firstLine(file: string): string {
  try {
    return readFileSync(file, 'utf8').split(/\r?\n/, 1)[0] ?? ''
  } catch (cause) {
    throw problem(`the password file ${file} cannot be read`, 'check the path given by --password-file', cause)
  }
}

/** Asks on the terminal without showing what is typed. */
async function prompt(question: string): Promise<string> {
  process.stderr.write(question)
  const lines = createInterface({ input: process.stdin, terminal: true })
  try {
    return await new Promise<string>((resolve, reject) => {
      lines.once('line', resolve)
      lines.once('close', () => reject(problem('no password was entered', 'run the command again')))
      lines.once('SIGINT', () => lines.close())
    })
  } finally {
    lines.close()
    process.stderr.write('\n')
  }
}

function problem(message: string, fix: string, cause?: unknown): NodeError {
  return new NodeError({ code: 'password', severity: 'fatal', message, fix }, { cause })
}
