import { openObservatory } from '../support/observatory.ts'
import { shapesContract } from './shapes-contract.ts'

shapesContract(openObservatory)
