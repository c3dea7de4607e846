import { expect, test } from 'vitest'
import type { TreeAssociation } from '@quipu/vo/eso'
import { drawTree } from '../tree.ts'

const node = (category: string, files: number, more: Partial<TreeAssociation> = {}): TreeAssociation => ({
  category, certified: true, complete: true, type: 'main', messages: [], associatedFiles: [],
  mainFiles: Array.from({ length: files }, (_, i) => ({ category: 'X', name: `${category}.${i + 1}` })), ...more,
})

test('branches as lines; what was drawn is referred to; what is wrong is said', () => {
  const bias = node('BIAS', 20, { match: 'calib_plan' })
  const flat = node('FLAT', 1, { match: 'extended', certified: false, associatedFiles: [bias] })
  const root = node('SCI', 1, { complete: false, messages: ['no \x1b[31m sky'], associatedFiles: [flat, node('EMPTY', 0), flat, bias] })
  expect(drawTree(root)).toEqual([
    'SCI  SCI.1  (INCOMPLETE, no \\x1b[31m sky)',
    '├─ FLAT  FLAT.1  (extended, not certified)',
    '│  └─ BIAS  20 files from BIAS.1  (calib_plan)',
    '├─ EMPTY  no file',
    '├─ FLAT  FLAT.1  (extended, not certified)  [as in line 2]',
    '└─ BIAS  20 files from BIAS.1  (calib_plan)',
  ])
})
