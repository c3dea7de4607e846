/** Commands of `quipu-archive` that show who did what and may do what, or renew keys: audit, rules, keys. */
import { Command, Option } from 'commander'
import { isoOf } from '@quipu/vo'
import type { NumberedLine } from '../stores/truth.ts'
import { actorName, DATA, needed, plain, timeOf, wordsOf } from './program.ts'
import type { DataOption, Say } from './program.ts'
import { perform, performing } from './socket.ts'

/** Puts the commands below `program`. */
export function addAuditCommands(program: Command, say: Say): void {
  program.addCommand(auditCommand(say))
  program.addCommand(rulesCommand(say))
  program.addCommand(keysCommand(say))
}

interface AuditOptions extends DataOption {
  readonly since?: number
  readonly subject?: string
  readonly dpId?: string
  readonly format: 'ndjson' | 'tsv'
}

const FIELDS = [
  'n', 'at', 'action', 'subject', 'outcome', 'dpId', 'clause', 'bytes', 'actor', 'detail', 'requestId',
] as const

function auditCommand(say: Say): Command {
  return new Command('audit').argument('[words...]').usage('[dir] [options]').option(...DATA)
    .description('print the audit log: who did what to what is not public, by which clause, when')
    .option('--since <time>', 'from this time on, UTC', timeOf)
    .option('--subject <name>', 'of this person').option('--dp-id <id>', 'of this product')
    .addOption(new Option('--format <format>').choices(['ndjson', 'tsv']).default('ndjson'))
    .action(async (words: readonly string[], { data, since, subject, dpId, format }: AuditOptions) => {
      const { dataDir } = wordsOf(words, { data }, [])
      const asked = { sinceMs: since ?? null, subject: subject ?? null, dpId: dpId ?? null }
      if (format === 'tsv') say(FIELDS.join('\t'))
      await performing(dataDir, async (ask) => {
        let afterN = 0
        for (;;) {
          const lines = await ask('audit.read', { afterN, ...asked })
          const last = lines.at(-1)
          if (!last) return
          for (const line of lines) say(format === 'tsv' ? tsvOf(line) : JSON.stringify(recordOf(line)))
          afterN = last.n
        }
      })
    })
}

function recordOf({ atMs, ...line }: NumberedLine): Readonly<Record<string, unknown>> {
  const all: Readonly<Record<string, unknown>> = { ...line, at: isoOf(atMs) }
  const told = FIELDS.filter((field) => all[field] !== undefined)
  return Object.fromEntries(told.map((field) => [field, all[field]]))
}

function tsvOf(line: NumberedLine): string {
  const record = recordOf(line)
  return FIELDS.map((field) => plain(String(record[field] ?? ''))).join('\t')
}

function rulesCommand(say: Say): Command {
  const rules = new Command('rules').description('the rules of access')
  rules.command('explain').argument('[words...]').usage('[dir] <dp_id> [options]').option(...DATA)
    .description('tell who may know of a product and have its file, and by which clause')
    .option('--as <person>', 'only for this person').option('--at <time>', 'as of this time, UTC', timeOf)
    .action(async (
      words: readonly string[], { data, as, at }: DataOption & { readonly as?: string; readonly at?: number },
    ) => {
      const { dataDir, dpId } = wordsOf(words, { data }, ['dpId'])
      const asked = { dpId: needed(dpId, 'dp_id'), subject: as ?? null, atMs: at ?? null }
      for (const line of (await perform(dataDir, 'rules.explain', asked)).lines) say(line)
    })
  return rules
}

function keysCommand(say: Say): Command {
  const keys = new Command('keys').description('the keys that sign tokens')
  keys.command('rotate').argument('[words...]').usage('[dir]').option(...DATA)
    .description('sign with a new key; tokens of the old one stay good for their time')
    .action(async (words: readonly string[], { data }: DataOption) => {
      const { dataDir } = wordsOf(words, { data }, [])
      const { kid, removed } = await perform(dataDir, 'keys.rotate', { actor: actorName() })
      say(`the key ${kid} signs from now on`)
      for (const over of removed) say(`the key ${over} is over and gone`)
    })
  return keys
}
