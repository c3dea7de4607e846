import { expect, test } from 'vitest'
import type { Field } from '@quipu/vo/votable'
import { describeLinks } from '../../src/tap/descriptor.ts'

const field = (name: string, ucd: string | undefined, more: Partial<Field> = {}): Field => ({ name, ucd, datatype: 'char', arraysize: '*', ...more })
const BASE = 'https://archive.example'

test.each([
  { why: 'dp_id of raw frames', fields: [field('object', 'meta.id'), field('dp_id', 'meta.id;meta.main')], id: 'dp_id' },
  { why: 'in any case', fields: [field('DP_ID', 'meta.id')], id: 'dp_id' },
  { why: 'the publisher\'s id first', fields: [field('dp_id', 'meta.id'), field('obs_publisher_did', 'meta.ref.ivoid')], id: 'obs_publisher_did' },
])('$why', ({ fields, id }) => {
  const described = describeLinks(fields, BASE)
  expect(described?.fields.filter((one) => one.id !== undefined).map((one) => [one.id, one.name.toLowerCase()])).toEqual([[id, id]])
  expect(described?.after).toContain(`ref="${id}"`)
  expect(described?.after).toContain('value="https://archive.example/datalink/links"')
})

test.each([
  { why: 'no id', fields: [field('object', 'meta.id')] },
  { why: 'another column under that name', fields: [field('dp_id', 'src.class')] },
  { why: 'an expression', fields: [field('dp_id', undefined)] },
  { why: 'a number', fields: [field('dp_id', 'meta.id', { datatype: 'int', arraysize: undefined })] },
])('none for $why', ({ fields }) => { expect(describeLinks(fields, BASE)).toBeUndefined() })
