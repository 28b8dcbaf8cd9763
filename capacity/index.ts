/** The planning functions: pure, no Pulumi, no AWS SDK, no clock. Imported as `sharded-stream/capacity`. */
export * from "./sizing/cost";
export * from "./findings";
export * from "./keys/hashRing";
export * from "./keys/hotShards";
export * from "./keys/sample";
export * from "./keys/sql";
export * from "./keys/strategies";
export * from "./keys/verdict";
export * from "./keys/spread";
export * from "./limits";
export * from "./metrics";
export * from "./sizing/plan";
export * from "./problems";
export * from "./requirements";
