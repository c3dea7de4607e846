import { openObservatory } from '../support/observatory.ts'
import { goldenContract } from './contract.ts'

goldenContract(() => openObservatory())
