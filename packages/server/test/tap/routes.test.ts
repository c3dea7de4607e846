import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeTapArchive } from '../support/tap.ts'
import type { TapArchive } from '../support/tap.ts'

let archive: TapArchive
beforeAll(async () => { archive = await makeTapArchive({ config: 'site: { title: "A <b> archive" }' }) })
afterAll(() => archive.close())

test('the service has a page for people, with a form, the tables and links that work (TAP 1.1 §2)', async () => {
  for (const path of ['/tap_obs', '/tap_obs/']) {
    const answer = await archive.ask(path, { headers: { Accept: 'text/html' } })
    expect([answer.status, answer.headers['content-type']]).toEqual([200, 'text/html; charset=UTF-8'])
    expect(answer.body).toContain('A &lt;b&gt; archive')
    expect(answer.body).toContain('<code>dbo.raw</code>')
    const links = [...answer.body.matchAll(/href="([^"]+)"/g)].map((match) => (match[1] ?? '').replaceAll('&amp;', '&'))
    expect(links.length).toBeGreaterThan(6)
    for (const link of links) expect([link, (await archive.ask(link.slice(archive.url.length))).status]).toEqual([link, 200])
  }
})

test('what is meant for programs stays XML, whatever a browser or Java says that it takes (conformance D-9)', async () => {
  const headers = { Accept: 'text/html, image/gif, image/jpeg, */*; q=0.2' }
  for (const path of ['/tap_obs/async', '/tap_obs/capabilities', '/tap_obs/tables', '/tap_obs/sync?LANG=ADQL&QUERY=SELECT+TOP+1+n+FROM+dbo.numbers']) {
    expect((await archive.ask(path, { headers })).headers['content-type']).toMatch(/xml/)
  }
})
