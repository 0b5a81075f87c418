import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const CHUNKS = [1 << 20, 4_096]

/** A disk of so many MiB that can be filled up; undefined where this user may not mount one. */
export const createSmallDisk = async (mebibytes: number) => {
  const folder = await mkdtemp(join(tmpdir(), 'baton-disk-'))
  const mount = Bun.spawnSync(['mount', '-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', folder])
  if (!mount.success) {
    await rm(folder, { recursive: true })
    return
  }
  const filler = join(folder, 'filler')
  return {
    folder,
    /** Takes all the room that is left. */
    async fill(): Promise<void> {
      const file = await open(filler, 'a')
      try {
        for (const chunk of CHUNKS) {
          const zeros = Buffer.alloc(chunk)
          while ((await file.write(zeros).catch(noRoom)).bytesWritten > 0);
        }
      } finally {
        await file.close()
      }
    },
    free: () => rm(filler, { force: true }),
    async dispose(): Promise<void> {
      Bun.spawnSync(['umount', '--lazy', folder])
      await rm(folder, { recursive: true, force: true })
    },
  }
}
export type SmallDisk = NonNullable<Awaited<ReturnType<typeof createSmallDisk>>>

const noRoom = (thrown: unknown): { bytesWritten: number } => {
  if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOSPC') return { bytesWritten: 0 }
  throw thrown
}
