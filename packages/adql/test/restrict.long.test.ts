import { openObservatory } from './support/observatory.ts'
import { restrictionContract } from './support/restriction.ts'

restrictionContract(openObservatory, 1_000)
