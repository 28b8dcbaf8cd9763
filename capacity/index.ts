/** The planning functions: pure, no Pulumi, no AWS SDK, no clock. Imported as `sharded-stream/capacity`. */
export * from "./cost";
export * from "./findings";
export * from "./hashRing";
export * from "./hotShards";
export * from "./keySample";
export * from "./keySql";
export * from "./keyStrategies";
export * from "./keyVerdict";
export * from "./keys";
export * from "./limits";
export * from "./metrics";
export * from "./plan";
export * from "./requirements";
