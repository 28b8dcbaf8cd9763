/** Produces to a stream at an endpoint until it is killed, and reports what was acknowledged. */
import { KinesisClient } from "@aws-sdk/client-kinesis";
import { Producer } from "../../producer";

async function main([stream, endpoint]: readonly string[]): Promise<void> {
    // The tests' environment knows no endpoint and no credentials.
    const credentials = { accessKeyId: "AKIASANDBOX000000000", secretAccessKey: "sandbox" };
    const client = new KinesisClient({ endpoint: endpoint!, region: "us-east-1", credentials, maxAttempts: 1 });
    const producer = new Producer<{ id: number; key: string }>({ stream: stream!, client, key: "key", lingerMs: 5 });
    producer.on("delivered", (deliveries) => process.send!(deliveries.map(({ value }) => value.id)));
    for (let id = 1; ; id++) await producer.put({ id, key: `key-${id}` });
}

void main(process.argv.slice(2));
