/** The few pages for people that an archive has, without scripts. HTML Living Standard §13.1. */
import type { Reply } from './route.ts'

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#x27;',
}

/** Text for between tags and in quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (char) => ENTITIES[char] ?? '')
}

/** A whole page. `title` is text; `body` is HTML. */
export function page(title: string, body: string): string {
  return [
    '<!DOCTYPE html>', '<html lang="en">', '<head>', '<meta charset="utf-8">',
    `<title>${escapeHtml(title)}</title>`, '</head>', '<body>', body, '</body>', '</html>', '',
  ].join('\n')
}

export function htmlReply(status: number, body: string): Reply {
  return {
    status,
    headers: {
      'Content-Type': 'text/html; charset=UTF-8',
      'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'",
    },
    body,
  }
}
