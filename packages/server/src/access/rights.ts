/**
 * What a person may do beyond everybody, at one moment: grants, and what the configuration says of staff and
 * of teams. A team's right is one to runs, as every other: both readers of the rule take it as it is.
 * Design §5.
 */
import { mjdOf, parseIso } from '@quipu/vo'
import type { Archive } from '../archive.ts'
import type { Team } from '../config.ts'
import type { Truth } from '../stores/truth.ts'
import type { Rights } from './principal.ts'

type Parts = Pick<Archive, 'truth' | 'config'>

/** Looked up for every request, and again for every job that runs and every result that is fetched. */
export function rightsFor({ truth, config }: Parts, subject: string, nowMs: number): Rights {
  const { staff, teams } = config.access
  const own = truth.rightsOf(subject, nowMs)
  const mine = teams.filter(({ members }) => members.includes(subject))
  if (mine.length === 0 && !staff.includes(subject)) return own
  const runsWith = (right: Team['rights'][number]): readonly number[] =>
    mine.filter(({ rights }) => rights.includes(right)).flatMap((team) => runsOf(truth, team))
  return {
    isOperator: own.isOperator || staff.includes(subject),
    discoverRuns: new Set([...own.discoverRuns, ...runsWith('discover')]),
    retrieveRuns: new Set([...own.retrieveRuns, ...runsWith('retrieve')]),
  }
}

/** The teams of a person that have a right to the run. */
export function teamsWith({ truth, config }: Parts, subject: string, runId: number): readonly string[] {
  return config.access.teams.filter((team) => team.members.includes(subject))
    .filter((team) => runsOf(truth, team).includes(runId)).map(({ name }) => name)
}

interface Found { readonly batch: number; readonly runs: Map<Team, readonly number[]> }

const found = new WeakMap<object, Found>()

/** Which runs a team has changes with the holdings only: it is looked up once a batch. */
function runsOf(truth: Pick<Truth, 'lastBatch' | 'runsWithin'>, team: Team): readonly number[] {
  const batch = truth.lastBatch()
  let known = found.get(truth)
  if (known?.batch !== batch) found.set(truth, known = { batch, runs: new Map() })
  let runs = known.runs.get(team)
  if (!runs) {
    const { instruments, from, until } = team
    runs = truth.runsWithin({
      instruments, fromMjd: mjdAt(from) ?? -Infinity, untilMjd: mjdAt(until) ?? Infinity,
    })
    known.runs.set(team, runs)
  }
  return runs
}

function mjdAt(time: string | undefined): number | undefined {
  const ms = time === undefined ? undefined : parseIso(time)
  return ms === undefined ? undefined : mjdOf(ms)
}
