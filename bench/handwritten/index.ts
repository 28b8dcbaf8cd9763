/**
 * The resources of examples/orders, written out by hand; bench/bars/preview.ts compares with it.
 */
import * as path from "node:path";
import { scaledStream } from "./scaledStream";

const code = path.join(__dirname, "../../bin/scaler/serialized.txt");

export const { streamName, streamArn, topicArn, dashboardName, scalerFunctionName, ledgerTableName } = scaledStream(
    "orders",
    code,
);
