/** Programs that we did not write and that tests run against the demo. */
import { spawnSync } from 'node:child_process'

/** Debian's, for which python3-pyvo is installed. */
export const python = '/usr/bin/python3'

/** Says loudly what is not tested here. */
function have(what: string, command: string, args: readonly string[]): boolean {
  const found = spawnSync(command, args, { stdio: 'ignore' }).status === 0
  if (!found) process.stderr.write(`\nSKIPPED: ${what} is not installed; its tests do not run\n`)
  return found
}

export const havePyvo = have('python3-pyvo', python, ['-c', 'import pyvo'])
export const haveCurl = have('curl', 'curl', ['--version'])
export const haveStilts = have('stilts', 'stilts', ['-version'])
