import { expect, test } from 'vitest'
import { htmlWriter } from '../../src/votable/index.ts'
import type { Field } from '../../src/votable/index.ts'

const text: Field = { name: 'a<b', datatype: 'char', arraysize: '*', unit: '"', ucd: "'", description: '<script>' }

test('nothing of a name, a description, a query or a cell is markup', () => {
  const writer = htmlWriter([text], [{ name: 'QUERY', value: "select '</pre><script>x</script>'" }])
  const html = writer.head() + writer.rows([['<img src=x onerror=alert(1)>'], ['"&\''], [null]]) + writer.foot({ error: '<b>' })
  expect(html).not.toMatch(/<script|<img|<b>/)
  expect(html.match(/<[a-z]+/gi)?.map((tag) => tag.toLowerCase())).not.toContain('<a')
  expect(html).toContain('<td>&lt;img src=x onerror=alert(1)&gt;</td>')
  expect(html).toContain('title="&lt;script&gt; · &apos;"')
})

test.each([
  ['https://archive.example/x?a=1&b=2', '<a href="https://archive.example/x?a=1&amp;b=2" rel="noreferrer noopener">'],
  ['http://h/', '<a href="http://h/"'],
])('%s is a link', (cell, start) => { expect(htmlWriter([text]).rows([[cell]])).toContain(start) })

test.each([
  'javascript:alert(1)', 'JAVASCRIPT:alert(1)', ' https://x', 'https://x" onclick="y', 'data:text/html,x', 'see https://x', '//x', 'https://',
  'https://x\nhttps://y', 'vbscript:https://x',
])('%j is no link', (cell) => { expect(htmlWriter([text]).rows([[cell]])).not.toContain('<a') })

test('numbers stand right and never are links; how it ended stands below', () => {
  const writer = htmlWriter([{ name: 'n', datatype: 'double' }])
  expect(writer.rows([[NaN], [0.1], [null]])).toBe('<tr><td class="n">NaN</td></tr>\n<tr><td class="n">0.1</td></tr>\n<tr><td></td></tr>\n')
  expect(writer.foot({ overflow: true })).toMatch(/OVERFLOW/)
  expect(writer.foot({})).not.toMatch(/OVERFLOW|ERROR/)
})
