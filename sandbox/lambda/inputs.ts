/**
 * What requests to Lambda carry: a function, its settings, and what becomes of its asynchronous events.
 *
 * Source: the constraints of the Lambda API model (botocore 1.44, read 2026-11).
 */
import { anything, type InputOf, integer, listOf, mapOf, oneOf, required, structure, text } from "../wire/shape";

/** The function that a path names. */
export const named = { FunctionName: required(text()) };

const role = text(1, 256, "arn:[\\w-]+:iam::\\d{12}:role\\/?[\\w+=,.@\\-_/]+");

export const settings = {
    Runtime: oneOf("nodejs18.x", "nodejs20.x", "nodejs22.x", "nodejs24.x"),
    Role: role,
    Handler: text(1, 128, "\\S+"),
    Description: text(0, 256),
    Timeout: integer(1, 900),
    MemorySize: integer(128, 10_240),
    Environment: structure({ Variables: mapOf(text()) }),
    DeadLetterConfig: structure({ TargetArn: text() }),
    LoggingConfig: structure({
        LogFormat: oneOf("JSON", "Text"),
        ApplicationLogLevel: text(),
        SystemLogLevel: text(),
        LogGroup: text(1, 512),
    }),
    KMSKeyArn: text(),
    TracingConfig: anything(),
    VpcConfig: anything(),
    Layers: listOf(text()),
    FileSystemConfigs: anything(),
    ImageConfig: anything(),
    EphemeralStorage: anything(),
    SnapStart: anything(),
    RevisionId: text(),
    Architectures: listOf(oneOf("x86_64", "arm64"), 1, 1),
};

export const newSettings = { ...settings, Role: required(role) };

export type Configuration = InputOf<typeof newSettings>;

export const eventInvokeConfig = {
    MaximumRetryAttempts: integer(0, 2),
    MaximumEventAgeInSeconds: integer(60, 21_600),
    DestinationConfig: structure({
        OnSuccess: structure({ Destination: text(0, 350) }),
        OnFailure: structure({ Destination: text(0, 350) }),
    }),
};

export type EventInvokeConfig = InputOf<typeof eventInvokeConfig>;
