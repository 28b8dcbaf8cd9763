/**
 * The resources of examples/orders, written out by hand; bench/bars/preview.ts compares with it.
 */
import { scaledStream } from "./scaledStream";

export const { streamName, streamArn, topicArn, dashboardName, scalerFunctionName, ledgerTableName } =
    scaledStream("orders");
