/** COPY into a table of PostgreSQL. Manual, "Frontend/Backend Protocol", COPY operations. */
import { Query } from 'pg'
import type { ClientBase, Connection } from 'pg'

/** Rows that go to the server in one piece. */
export const COPY_ROWS = 2_048

/** What the driver's connection can do for COPY; its types do not say it. */
interface CopyConnection extends Connection {
  sendCopyFromChunk(chunk: Uint8Array): void
  endCopyFrom(): void
}

/**
 * Copies lines in the text format.
 * @param into The table's name, quoted.
 */
export function copyText(client: ClientBase, into: string, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const query = new Query(`copy ${into} from stdin`, (error: Error | null | undefined) => {
      if (error) reject(error)
      else resolve()
    })
    client.query(Object.assign(query, {
      handleCopyInResponse(connection: CopyConnection) {
        connection.sendCopyFromChunk(Buffer.from(text))
        connection.endCopyFrom()
      },
    }))
  })
}
