/**
 * The scaler's ports over AWS: the one stream that its environment names.
 */
import { type ScalerEnvironment } from "../capacity/scaling/settings";
import { type Clients } from "../stream/clients";
import { kinesisStream } from "../stream/kinesis";
import { dynamoLedger } from "../stream/ledger";
import { cloudWatchMetrics } from "../stream/load";
import { type Ports } from "./run";

export function awsPorts(
    clients: Clients,
    { streamName, streamArn, ledgerTable }: ScalerEnvironment,
): Pick<Ports, "stream" | "metrics" | "ledger"> {
    return {
        stream: kinesisStream(clients.kinesis, { StreamARN: streamArn }),
        metrics: cloudWatchMetrics(clients.cloudWatch, streamName),
        ledger: dynamoLedger(clients.dynamoDb, ledgerTable).store,
    };
}
