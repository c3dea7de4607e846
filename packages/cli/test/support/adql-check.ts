/** `quipu adql check` within this process, many times a second. */
import { Command, CommanderError } from 'commander'
import { vi } from 'vitest'
import { addAdql } from '../../src/program-adql.ts'

/** Its exit code and what it says. */
export async function adqlCheck(query: string, options: readonly string[] = []): Promise<{ code: number; err: string }> {
  let err = ''
  const spy = vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => { err += String(chunk); return true })
  const program = new Command('quipu').exitOverride()
  addAdql(program, async () => query)
  try {
    await program.parseAsync(['adql', 'check', ...options], { from: 'user' })
    return { code: 0, err }
  } catch (error) {
    if (error instanceof CommanderError) return { code: error.exitCode, err }
    throw error
  } finally {
    spy.mockRestore()
  }
}
