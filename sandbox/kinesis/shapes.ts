/**
 * The shapes that several operations take.
 *
 * Source: the constraints of the Kinesis API model (botocore 1.44, read 2026-11).
 */
import { limits } from "../../capacity/limits";
import { fromToken } from "../wire/pages";
import { integer, listOf, mapOf, oneOf, text } from "../wire/shape";
import { invalidArgument } from "./errors";

const arn = (resource: string) => text(1, 2_048, resource);

/** Of a stream, a shard or a consumer. */
export const name = text(1, 128, "[a-zA-Z0-9_.-]+");
export const streamArn = arn("arn:aws.*:kinesis:.*:\\d{12}:stream/\\S+");
export const resourceArn = arn("arn:aws.*:kinesis:.*:\\d{12}:.*(stream|channel|queue)/\\S+");
export const consumerArn = arn(
    "(arn):aws.*:kinesis:.*:\\d{12}:.*stream\\/[a-zA-Z0-9_.-]+\\/consumer\\/[a-zA-Z0-9_.-]+:[0-9]+",
);
/** The members by which most operations are told their stream. */
export const streamNames = { StreamName: name, StreamARN: streamArn } as const;
export const sequenceNumber = text(0, Infinity, "0|([1-9]\\d{0,128})");
export const hashKey = text(0, Infinity, "0|([1-9]\\d{0,38})");
/** In the order in which AWS lists them. */
export const iteratorType = oneOf(
    "AFTER_SEQUENCE_NUMBER",
    "LATEST",
    "AT_TIMESTAMP",
    "AT_SEQUENCE_NUMBER",
    "TRIM_HORIZON",
);
export const nextToken = text(1, 1_048_576);
export const pageSize = integer(1, limits.updateShardCountTargetMax);
/** So many results a page: AWS takes a larger size, and gives its own largest page. */
export const pageOfAtMost = (most: number, asked = most): number => Math.min(asked, most);
export const tagKey = text(1, 128);
export const tags = mapOf(text(0, 256), 1, 200, tagKey);
export const tagKeys = listOf(tagKey, 1, 50);

/** The parts of a NextToken. @throws AwsError (InvalidArgumentException) */
export const partsOf = (token: string): string[] => fromToken(token, invalidArgument("Invalid NextToken."));
