/** The batching producer. Imported as `sharded-stream/producer`. */
export { type ProducerClock } from "./clock";
export { Producer, produce, ProducerStoppedError, UndeliveredError } from "./producer";
export {
    type Delivery,
    type ProducerEvents,
    type ProducerOptions,
    type ProducerProgress,
    type ProducerSummary,
    type Undelivered,
    type UndeliveredReason,
} from "./options";
export { fieldOf, type RecordOptions } from "./records";
export { type HashRange } from "./lanes";
export { type EntryAnswer, type Transport } from "./transport";
