/**
 * The HTTP server: fastify under a table of routes. Every GET has its HEAD (RFC 9110 §9.3.2), an
 * unknown path is 404, a wrong verb 405 with Allow (§15.5.6); requests get ids, answers get the
 * headers that all of them carry (DALI 1.1 §4, conformance D-10, D-16, A-3; design §5).
 */
import { METHODS } from 'node:http'
import { fastify } from 'fastify'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { ArchiveError, assert, isLoopback } from '@quipu/vo'
import { ANONYMOUS } from '../access/principal.ts'
import type { Principal } from '../access/principal.ts'
import type { Archive } from '../archive.ts'
import { challengesOf } from '../auth/challenge.ts'
import { endedCookie } from '../auth/cookie.ts'
import { openIdentity } from '../auth/principal.ts'
import type { Identity } from '../auth/principal.ts'
import { openSignIn } from '../auth/sign-in.ts'
import { routesOf } from '../routes.ts'
import { partNames } from '../tap/upload.ts'
import { NO_FORM, readForms } from './body.ts'
import type { Form } from './body.ts'
import { CORS_HEADERS, optionsHeaders } from './cors.ts'
import { encoded } from './encoding.ts'
import { asArchiveError, faultReply } from './faults.ts'
import { formPairs, makeParameters, queryOf } from './parameters.ts'
import type { Parameters } from './parameters.ts'
import { sendReply } from './respond.ts'
import type { Context, FaultForm, Reply, Route } from './route.ts'
import { httpSettings } from './settings.ts'
import { baseUrlOf } from './urls.ts'

/** What one request has gathered on its way. */
interface Visit {
  readonly startMs: number
  readonly abort: AbortController
  route: Route | undefined
  /** How a failure is answered where no route is found. */
  faults: FaultForm
  principal: Principal
  baseUrl: string
  bodyRead: boolean
}

type RoutesByMethod = ReadonlyMap<string, Route>

/**
 * Answers under way may go on so long when the server closes; then their connections are cut, and the engine
 * has the rest of the five seconds in which the process is to end.
 */
const GRACE_MS = 3_000

const BAD_REQUEST = 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n'

/** A server that listens. */
export interface RunningServer {
  /** Scheme, host and port; no trailing slash. */
  readonly url: string
  /** Takes no new requests, lets running ones end for a few seconds, then cuts them. */
  close(): Promise<void>
}

/**
 * Listens. Port 0 takes a free one.
 * @throws ArchiveError `config_invalid` for plain HTTP on an address that others can reach (design §6), or
 * an address that cannot be had.
 */
export async function startServer(
  archive: Archive, { host, port }: { readonly host: string; readonly port: number },
): Promise<RunningServer> {
  const { tls, trustedProxies } = httpSettings(archive.config)
  if (!isLoopback(host.includes(':') ? `[${host}]` : host) && !tls && trustedProxies.length === 0) {
    throw new ArchiveError('config_invalid', `passwords and tokens would travel unprotected on ${host}: set`
      + ' http.tlsCertificateFile and http.tlsKeyFile, or http.trustedProxies, or listen on 127.0.0.1')
  }
  const app = openServer(archive)
  try {
    await app.listen({ host, port })
  } catch (cause) {
    await app.close()
    const { code } = cause as { code?: string }
    throw new ArchiveError('config_invalid',
      `cannot listen on ${host}:${port} (${code ?? 'unknown reason'})`, { cause })
  }
  const address = app.server.address()
  assert(address !== null && typeof address === 'object', 'a TCP server has an address')
  const name = host.includes(':') ? `[${host}]` : host
  return {
    url: `${tls ? 'https' : 'http'}://${name}:${address.port}`,
    async close() {
      const cut = setTimeout(() => app.server.closeAllConnections(), GRACE_MS)
      // One that was just about to be idle when the close began would be kept alive for its whole time.
      const sweep = setInterval(() => app.server.closeIdleConnections(), 50)
      try {
        await app.close()
      } finally {
        clearTimeout(cut)
        clearInterval(sweep)
      }
    },
  }
}

/** The whole service without listening: every route, with sign-in. */
export function openServer(archive: Archive): FastifyInstance {
  const signIn = openSignIn(archive)
  const app = openApp(archive)
  registerRoutes(app, archive, routesOf(archive, signIn), openIdentity(archive, signIn))
  return app
}

/** Makes the server without routes. */
export function openApp(archive: Archive): FastifyInstance {
  const settings = httpSettings(archive.config)
  const app: FastifyInstance = fastify({
    logger: false,
    exposeHeadRoutes: false,
    genReqId: () => archive.id(),
    requestIdHeader: false,
    trustProxy: settings.trustedProxies.length > 0 ? [...settings.trustedProxies] : false,
    bodyLimit: settings.formBytes,
    requestTimeout: 120_000,
    forceCloseConnections: 'idle',
    return503OnClosing: true,
    routerOptions: {
      ignoreTrailingSlash: true, maxParamLength: 512, querystringParser: () => ({}),
    },
    http: { maxHeaderSize: 65_536 },
    frameworkErrors: (error, request, reply) => {
      void answerFault(archive, visitOf(archive, request, reply), request, reply, fromFastify(error))
    },
    clientErrorHandler: (_error, socket) => {
      if (socket.writable) socket.write(BAD_REQUEST)
      socket.destroy()
    },
    ...settings.tls ? { https: settings.tls } : {},
  })
  for (const method of METHODS) {
    if (method !== 'CONNECT' && !app.supportedMethods.includes(method)) app.addHttpMethod(method)
  }
  readForms(app, archive)
  app.setErrorHandler(async (error, request, reply) => {
    await answerFault(archive, visitOf(archive, request, reply), request, reply, fromFastify(error))
  })
  app.setNotFoundHandler(() => { throw unknownPath() })
  return app
}

/** Puts the table's routes into the app. */
export function registerRoutes(
  app: FastifyInstance, archive: Archive, routes: readonly Route[], identity: Identity,
): void {
  const paths = new Map<string, Map<string, Route>>()
  for (const route of routes) {
    const methods = paths.get(route.path) ?? new Map<string, Route>()
    paths.set(route.path, methods.set(route.method, route))
    if (route.method === 'GET') methods.set('HEAD', route)
  }
  // Below a service whose clients read VOTables, wrong paths and verbs are answered so, too (DALI 1.1 §4.2).
  const votables = new Set(routes.filter(({ faults }) => faults === 'votable').map(({ path }) => topOf(path)))
  app.addHook('onRequest', async (request, reply) => {
    const visit = visitOf(archive, request, reply)
    if (votables.has(topOf(request.url))) visit.faults = 'votable'
    if (request.is404) throw unknownPath()
    const methods: RoutesByMethod | undefined = paths.get(request.routeOptions.url ?? '')
    visit.route = methods?.get(request.method)
    if (!methods || request.method === 'OPTIONS') return
    if (!visit.route) {
      reply.header('Allow', allowOf(methods))
      throw new ArchiveError('method_not_allowed',
        `this path takes ${allowOf(methods)}, not ${request.method}`)
    }
    checkOneHost(request)
    visit.baseUrl = baseUrlOf({ scheme: request.protocol, host: request.host }, httpSettings(archive.config))
    if (visit.route.credentials !== 'ignored') checkOneAuthorization(request)
    if (visit.route.credentials === 'ignored') return
    visit.principal = await identity.resolve({
      method: request.method, headers: request.headers, baseUrl: visit.baseUrl, nowMs: visit.startMs,
      source: request.ip, requestId: request.id,
    })
  })
  for (const [path, methods] of paths) {
    app.route({
      method: app.supportedMethods, url: path,
      config: { takesUploads: [...methods.values()].some((route) => route.takesUploads === true) },
      handler: async (request, reply) => {
        const visit = visitOf(archive, request, reply)
        visit.bodyRead = true
        if (visit.route) return answer(archive, visit, visit.route, request, reply)
        const headers = optionsHeaders(allowOf(methods))
        return send(archive, visit, request, reply, { status: 204, headers })
      },
    })
  }
}

/** The first part of a path: `tap_obs`. */
function topOf(path: string): string {
  return path.split(/[/?#]/, 2)[1] ?? ''
}

/** RFC 9112 §3.2: two Host lines are refused; a proxy before us may have believed the other one. */
function checkOneHost({ raw }: FastifyRequest): void {
  if ((raw.headersDistinct['host']?.length ?? 0) > 1) {
    throw new ArchiveError('origin_refused', 'the request names two hosts')
  }
}

/** Two of them are two callers; Node would read the first, a proxy before us perhaps the second. */
function checkOneAuthorization({ raw }: FastifyRequest): void {
  if ((raw.headersDistinct['authorization']?.length ?? 0) > 1) {
    throw new ArchiveError('token_invalid', 'the request has two Authorization lines: send one')
  }
}

async function answer(
  archive: Archive, visit: Visit, route: Route, request: FastifyRequest, reply: FastifyReply,
): Promise<void> {
  const form = (request.body ?? NO_FORM) as Form
  const target = request.raw.url ?? '/'
  const ctx: Context = {
    archive,
    method: request.method,
    path: target.split('?', 1)[0] ?? '/',
    params: request.params as Record<string, string>,
    parameters: parametersOf(queryOf(target), form), parts: form.parts,
    principal: visit.principal,
    baseUrl: visit.baseUrl,
    headers: request.headers,
    signal: visit.abort.signal,
    requestId: request.id,
    remoteAddress: request.ip,
    nowMs: visit.startMs,
  }
  if (route.credentials !== 'ignored') checkNoToken(ctx)
  let answered: Reply
  try {
    answered = await route.handler(ctx)
  } finally {
    await form.discard()
  }
  await send(archive, visit, request, reply, await encodedReply(answered, ctx))
}

/** A part that is an upload is no parameter, whether or not it came with a file name. */
function parametersOf(query: string, form: Form): Parameters {
  const sent = makeParameters(formPairs(query), form.pairs)
  const uploads = partNames(sent.all('UPLOAD'))
  return uploads.size === 0 ? sent
    : makeParameters(formPairs(query), form.pairs.filter(([name]) => !uploads.has(name)))
}

/**
 * Addresses are logged, kept and passed on, and parameters of jobs are shown: a token there is not read, and
 * who sends one so is told (RFC 6750 §2.3; conformance A-15).
 */
function checkNoToken({ parameters }: Context): void {
  for (const name of ['access_token', 'id_token']) {
    if (parameters.all(name).length === 0) continue
    throw new ArchiveError('token_invalid',
      `a token is not read from ${name}: send Authorization: Bearer, and the token no more, it may be known`)
  }
}

/** A body that fails before its first byte leaves the handler's reply unsent: it must still be told. */
async function encodedReply(reply: Reply, { method, headers }: Context): Promise<Reply> {
  try {
    return await encoded(reply, method, headers)
  } catch (error) {
    reply.ended?.({ bytes: 0, complete: false })
    throw error
  }
}

const visits = new WeakMap<object, Visit>()

/** The visit of a request; begun at first sight, when the caller's hang-up is tied to its signal. */
function visitOf(archive: Archive, request: FastifyRequest, reply: FastifyReply): Visit {
  const known = visits.get(request.raw)
  if (known) return known
  const abort = new AbortController()
  reply.raw.on('close', () => {
    if (!reply.raw.writableFinished) abort.abort(new Error('the caller hung up'))
  })
  const visit: Visit = {
    startMs: archive.now(), abort, route: undefined, faults: 'text', principal: ANONYMOUS, baseUrl: '',
    bodyRead: false,
  }
  visits.set(request.raw, visit)
  return visit
}

async function answerFault(
  archive: Archive, visit: Visit, request: FastifyRequest, reply: FastifyReply, thrown: unknown,
): Promise<void> {
  const error = asArchiveError(thrown, request.id)
  if (error.status >= 500 && !visit.abort.signal.aborted) {
    const err = error.cause ?? error
    archive.log.error({ requestId: request.id, code: error.code, err }, 'request failed')
  }
  const fault = faultReply(error, {
    form: visit.route?.faults ?? visit.faults,
    requestId: request.id,
    challenges: (reason) => challengesOf(archive, visit.baseUrl, reason),
  })
  await send(archive, visit, request, reply, withoutSession(fault, error, visit, request))
}

/** A browser whose cookie is over would be refused everywhere, public pages too: it is to forget it. */
function withoutSession(fault: Reply, error: ArchiveError, visit: Visit, { headers }: FastifyRequest): Reply {
  const isOver = headers.cookie !== undefined && headers.authorization === undefined
    && visit.baseUrl !== '' && ['token_invalid', 'token_expired'].includes(error.code)
  return isOver
    ? { ...fault, headers: { ...fault.headers, 'Set-Cookie': endedCookie(visit.baseUrl) } } : fault
}

/** Sends with the headers that every answer carries, then logs one line: never a query string. */
async function send(
  archive: Archive, visit: Visit, request: FastifyRequest, reply: FastifyReply, answered: Reply,
): Promise<void> {
  reply.hijack()
  const sent = await sendReply({ ...answered, headers: headersOf(visit, request, reply, answered) }, {
    raw: reply.raw,
    isHead: request.method === 'HEAD',
    stallSeconds: httpSettings(archive.config).stallSeconds,
    abort: (reason) => visit.abort.abort(reason),
  })
  if (sent.failure !== undefined && !visit.abort.signal.aborted) {
    archive.log.error({ requestId: request.id, err: sent.failure }, 'the body broke off')
  }
  archive.log.info({
    requestId: request.id, method: request.method, path: request.routeOptions.url ?? '(unknown)',
    status: answered.status, bytes: sent.bytes, complete: sent.complete,
    subject: visit.principal.subject, ms: archive.now() - visit.startMs,
  }, 'request')
}

function headersOf(
  visit: Visit, request: FastifyRequest, reply: FastifyReply, answered: Reply,
): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {
    Server: 'Quipu/0.1.0 (IVOA-TAP)', 'X-Request-Id': request.id, ...CORS_HEADERS,
    Vary: 'Authorization, Cookie', 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff',
    ...answered.headers,
  }
  const allow = reply.getHeader('Allow')
  if (typeof allow === 'string') headers['Allow'] = allow
  if (visit.principal.subject !== null) {
    headers['Cache-Control'] = 'no-store'
    headers['X-VO-Authenticated'] = visit.principal.subject.replaceAll(/[^\x21-\x7e]/g, encodeURIComponent)
  }
  const unread = !visit.bodyRead && (request.headers['content-length'] ?? '0') !== '0'
  if (unread || request.headers['transfer-encoding'] && !visit.bodyRead) headers['Connection'] = 'close'
  return headers
}

function allowOf(methods: RoutesByMethod): string {
  return [...methods.keys(), 'OPTIONS'].join(', ')
}

function unknownPath(): ArchiveError {
  return new ArchiveError('path_not_found', 'nothing is served at this path')
}

/** What fastify throws before a handler runs, in our words. */
function fromFastify(error: unknown): unknown {
  const { code, statusCode } = error as Partial<FastifyError>
  if (error instanceof ArchiveError || typeof code !== 'string' || !code.startsWith('FST_')) return error
  if (statusCode === 413) {
    return new ArchiveError('document_too_large', 'the body is over the limit of this service')
  }
  if (statusCode === 415) {
    return new ArchiveError('media_type_unsupported',
      'send application/x-www-form-urlencoded or multipart/form-data')
  }
  if (statusCode !== undefined && statusCode < 500) {
    return new ArchiveError('parameter_invalid', 'the request is malformed')
  }
  return error
}
