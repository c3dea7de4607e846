/**
 * Threads for what blocks. Each query of the engine holds a thread of libuv's pool as long as it works;
 * the pool has four unless told otherwise, and reading files, hashing passwords and all else waits for the
 * same ones: four slow queries would stop every download and sign-in. The pool reads its size once, at its
 * first use, so this module must be the first import of a command. Whoever sets the size himself is obeyed.
 */

/** Enough for all queries and jobs that a configuration may allow at once (`config.ts`), and sixteen more. */
const THREADS = 64

process.env['UV_THREADPOOL_SIZE'] ??= String(THREADS)
