export { makeProgram, run } from './program.ts'
