import { makeTapArchive } from '../support/tap.ts'
import { UPLOAD_CONFIG, uploadContract } from '../contract/upload.ts'

uploadContract(() => makeTapArchive({ config: UPLOAD_CONFIG }))
