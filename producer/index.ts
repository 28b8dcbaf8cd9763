/** The batching producer. Imported as `sharded-stream/producer`. */
export { InvalidInputError, type Problem } from "../capacity/problems";
export { type ProducerClock, type Timer } from "./clock";
export {
    type Delivery,
    type ProducerEvents,
    type ProducerProgress,
    ProducerStoppedError,
    type ProducerSummary,
    type Undelivered,
    UndeliveredError,
    type UndeliveredReason,
} from "./events";
export { type HashRange } from "./lane";
export { type ProducerOptions } from "./options";
export { Producer, produce } from "./producer";
export { type Entry, fieldOf, type RecordOptions } from "./records";
export { type EntryAnswer, type Transport } from "./transport";
