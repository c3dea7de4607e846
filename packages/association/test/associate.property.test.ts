/** Properties of the cascade, against a finder by brute force that knows neither index nor hash. */
import { associate, distinctCalibrations, distinctNodes, treeOf } from '@quipu/association'
import type { Frame, Group, RuleSet } from '@quipu/association'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { camera, shot } from './support/camera.ts'
import { archiveOf } from './support/index.ts'

// Times on a coarse grid, so that ties are common.
const day = fc.integer({ min: -48, max: 48 }).map((quarter) => quarter / 4)
const bin = fc.constantFrom(1, 2)
const filter = fc.constantFrom(undefined, 'R', 'V')

const template = fc.record({ type: fc.constantFrom('BIAS', 'FLAT'), day, bin, filter, size: fc.constantFrom(1, 2, 3), certified: fc.boolean() })
type Template = typeof template extends fc.Arbitrary<infer T> ? T : never

function framesOf({ type, day: at, bin: binning, filter: name, size, certified }: Template, index: number): Frame[] {
  return Array.from({ length: size }, (_, step) => shot(type, at, {
    'TPL.START': `T${index}`, 'DET.BIN': binning, ...(name === undefined ? {} : { FILTER: name }),
  }, { id: `${type}${index}.${step}`, certified }))
}
const archived = fc.array(template, { maxLength: 14 })
const scienceOf = (binning: number, name: string | undefined): Frame => (
  shot('OBJECT', 0, { 'DET.BIN': binning, ...(name === undefined ? {} : { FILTER: name }) }))

const NEEDS = {
  BIAS: { keys: ['DET.BIN'], windows: [[-5, 5], [-10, 10]], least: 2 },
  FLAT: { keys: ['DET.BIN', 'FILTER'], windows: [[-14, 14]], least: 1 },
} as const

/** The choice for one need, from all groups, by the definition. */
function bruteForce(type: 'BIAS' | 'FLAT', groups: readonly Group[], reference: Group, cuts: readonly number[]): Group | undefined {
  const { keys, windows, least } = NEEDS[type]
  const wanted = reference.members[0]?.frame.keys ?? {}
  for (const [lo, hi] of windows) {
    const usable = groups.filter((group) => {
      const dt = group.mjd - reference.mjd
      const [a, b] = [Math.min(group.mjd, reference.mjd), Math.max(group.mjd, reference.mjd)]
      return group.rawType === type && group.members.length >= least && dt >= lo && dt <= hi
        && keys.every((key) => group.members[0]?.frame.keys[key] === wanted[key]) && !cuts.some((cut) => a < cut && cut <= b)
    })
    const sure = (group: Group): number => (group.members.every((one) => one.frame.certified) ? 0 : 1)
    const name = (group: Group): string => group.members[0]?.frame.id ?? ''
    const rank = (group: Group): [number, number, number, string] => (
      [Math.abs(group.mjd - reference.mjd), sure(group), group.mjd > reference.mjd ? 1 : 0, name(group)])
    const [best] = usable.sort((a, b) => {
      const [x, y] = [rank(a), rank(b)]
      const at = x.findIndex((value, index) => value !== y[index])
      return at < 0 ? 0 : (x[at] ?? 0) < (y[at] ?? 0) ? -1 : 1
    })
    if (best !== undefined) return best
  }
  return undefined
}

function cut(rules: RuleSet, cuts: readonly number[]): RuleSet {
  return { ...rules, breakpoints: [...cuts].sort((a, b) => a - b).map((mjd) => ({ mjd, rawType: undefined, tag: undefined, why: '' })) }
}

function ask(rules: RuleSet, frames: readonly Frame[], main: Frame) {
  const archive = archiveOf([rules], [main, ...frames])
  return { archive, cascade: associate([rules], archive.groupOf(main.id), main.id, 'Raw2Raw', archive.find) }
}

const RULES = camera()

const cutAt = fc.array(day.map((days) => 59_000.125 + days), { maxLength: 2 })

test('the choice is that of brute force, at every node, inside window and breakpoint cell', () => {
  fc.assert(fc.property(archived, bin, filter, cutAt, (templates, binning, name, cuts) => {
    const main = scienceOf(binning, name)
    const { archive, cascade } = ask(cut(RULES, cuts), templates.flatMap(framesOf), main)
    const root = archive.groupOf(main.id)
    const chosen = (type: string): string | undefined => cascade.root.children.find((node) => node.rawType === type)?.members[0]?.id
    for (const type of ['BIAS', 'FLAT'] as const) {
      expect(chosen(type)).toBe(bruteForce(type, archive.groups, root, cuts)?.members[0]?.frame.id)
    }
    for (const node of distinctNodes(cascade.root).filter((one) => one.rawType === 'FLAT')) {
      const reference = archive.groupOf(node.members[0]?.id ?? '')
      expect(node.children[0]?.members[0]?.id).toBe(bruteForce('BIAS', archive.groups, reference, cuts)?.members[0]?.frame.id)
    }
    const isMet = cascade.root.children.length === 2 && cascade.root.children.every((node) => node.rawType === 'BIAS' || node.children.length === 1)
    expect(cascade.complete).toBe(isMet)
    expect(cascade.messages.length > 0).toBe(!isMet)
  }), { numRuns: 300 })
})

test('the order of ingest does not matter', () => {
  const shuffled = archived.chain((templates) => {
    const frames = templates.flatMap(framesOf)
    return fc.tuple(fc.constant(frames), fc.shuffledSubarray(frames, { minLength: frames.length }))
  })
  fc.assert(fc.property(shuffled, bin, filter, ([frames, other], binning, name) => {
    const main = scienceOf(binning, name)
    expect(JSON.stringify(ask(RULES, other, main).cascade)).toBe(JSON.stringify(ask(RULES, frames, main).cascade))
  }))
})

test('a group of the same kind that is farther, at no better level, changes no choice', () => {
  fc.assert(fc.property(archived, bin, filter, template, (templates, binning, name, extra) => {
    const main = scienceOf(binning, name)
    const frames = templates.flatMap(framesOf)
    const before = ask(RULES, frames, main)
    const chosen = before.cascade.root.reasons.find((reason) => reason.tag === `MASTER_${extra.type}`)?.chosen[0]
    fc.pre(chosen !== undefined && Math.abs(extra.day) > Math.abs(chosen.dtDays))
    const after = ask(RULES, [...frames, ...framesOf(extra, 99)], main)
    const of = (one: typeof after) => one.cascade.root.reasons.find((reason) => reason.tag === `MASTER_${extra.type}`)?.chosen
    expect(of(after)).toEqual(of(before))
  }))
})

test('a breakpoint removes exactly what lies across it', () => {
  fc.assert(fc.property(archived, bin, filter, day, (templates, binning, name, at) => {
    const main = scienceOf(binning, name)
    const frames = templates.flatMap(framesOf)
    const mjd = 59_000.125 + at
    const isAcross = (frame: Frame): boolean => (frame.mjd < mjd) !== (main.mjd < mjd)
    const withCut = ask(cut(RULES, [mjd]), frames, main).cascade
    const without = ask(RULES, frames.filter((frame) => !isAcross(frame)), main).cascade
    expect(distinctCalibrations(withCut)).toEqual(distinctCalibrations(without))
  }))
})

const wide = camera(['1: [-10, 10]', '1: [-11, 12]'], ['flat: [-14, 14]', 'flat: [-20, 20]'])

test('a wider window never loses what was met', () => {
  fc.assert(fc.property(archived, bin, filter, (templates, binning, name) => {
    const main = scienceOf(binning, name)
    const frames = templates.flatMap(framesOf)
    const [narrow, wider] = [ask(RULES, frames, main).cascade, ask(wide, frames, main).cascade]
    for (const [index, reason] of narrow.root.reasons.entries()) {
      if (reason.status === 'ok') expect(wider.root.reasons[index]?.status).toBe('ok')
    }
  }))
})

test('members and chosen groups are listed by time, then id', () => {
  const rules = camera(['- { tag: MASTER_FLAT, keys', '- { tag: MASTER_FLAT, max: 4, keys'])
  fc.assert(fc.property(archived, (templates) => {
    const { archive, cascade } = ask(rules, templates.flatMap(framesOf), scienceOf(1, undefined))
    const isSorted = (ids: readonly string[], mjdOf: (id: string) => number): boolean => ids.every((id, index) => {
      const before = ids[index - 1]
      return before === undefined || mjdOf(before) < mjdOf(id) || (mjdOf(before) === mjdOf(id) && before < id)
    })
    const timeOf = (id: string): number => archive.groupOf(id).members.find((one) => one.frame.id === id)?.frame.mjd ?? NaN
    for (const node of distinctNodes(cascade.root)) expect(isSorted(node.members.map((one) => one.id), timeOf)).toBe(true)
    const flats = cascade.root.children.filter((node) => node.rawType === 'FLAT').map((node) => node.members[0]?.id ?? '')
    expect(isSorted(flats, (id) => archive.groupOf(id).mjd)).toBe(true)
  }))
})

test('tree and graph hold the same files', () => {
  fc.assert(fc.property(archived, bin, filter, (templates, binning, name) => {
    const { cascade } = ask(RULES, templates.flatMap(framesOf), scienceOf(binning, name))
    const names = new Set<string>()
    const visit = (node: ReturnType<typeof treeOf>): void => {
      node.mainFiles.forEach((file) => names.add(file.name))
      node.associatedFiles.forEach(visit)
    }
    visit(treeOf(cascade))
    expect([...names].slice(1)).toEqual(distinctCalibrations(cascade).map((one) => one.id))
  }))
})
