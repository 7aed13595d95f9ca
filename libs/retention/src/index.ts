export * from './expired-dead-letters.js';
export * from './expired-threads.js';
export * from './retention.module.js';
export * from './assistant-refresh.js';
export { ErasureModule } from './erasure/erasure.module.js';
export { Erasures } from './erasure/erasures.js';
export type { ErasureRecord } from './erasure/erasure-records.js';
export { PERSONAL_STORES, type Erased, type PersonalStore } from './erasure/personal-store.js';
export { isGenuine, type Receipt } from './erasure/receipt.js';
