import { batchStoreContract } from './contract.ts'
import { embeddedStore } from './support.ts'

batchStoreContract('embedded', embeddedStore)
