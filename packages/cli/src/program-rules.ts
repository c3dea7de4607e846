/** `quipu rules lint`. */
import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { lintRuleSet, loadRuleSet } from '@quipu/association'
import { ArchiveError, printable } from '@quipu/vo'
import { say } from './output.ts'

/** Checks rule files, each to its end, and fails when there is anything to say. */
export function addRules(program: Command): void {
  program.command('rules').description('calibration rules')
    .command('lint').argument('<file...>')
    .description('check rule files: mistakes, and what can never happen')
    .action(async (files: string[]) => {
      const findings: string[] = []
      for (const file of files) findings.push(...await findingsOf(file))
      for (const finding of findings) process.stdout.write(`${printable(finding)}\n`)
      if (findings.length > 0) {
        throw new Error(findings.length === 1 ? '1 finding' : `${findings.length} findings`)
      }
      say('no findings')
    })
}

/** Each begins with the file's name; a mistake stops the reading, and has its place. */
async function findingsOf(file: string): Promise<readonly string[]> {
  const text = await readFile(file, 'utf8')
  try {
    return lintRuleSet(loadRuleSet(text, file)).map((finding) => `${file}: ${finding}`)
  } catch (error) {
    if (!(error instanceof ArchiveError)) throw error
    return [error.message]
  }
}
