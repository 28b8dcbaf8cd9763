import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.UUID;

import software.amazon.awssdk.services.cloudwatch.CloudWatchAsyncClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.kinesis.KinesisAsyncClient;
import software.amazon.kinesis.common.ConfigsBuilder;
import software.amazon.kinesis.common.InitialPositionInStream;
import software.amazon.kinesis.common.InitialPositionInStreamExtended;
import software.amazon.kinesis.common.KinesisClientUtil;
import software.amazon.kinesis.coordinator.Scheduler;
import software.amazon.kinesis.lifecycle.events.InitializationInput;
import software.amazon.kinesis.lifecycle.events.LeaseLostInput;
import software.amazon.kinesis.lifecycle.events.ProcessRecordsInput;
import software.amazon.kinesis.lifecycle.events.ShardEndedInput;
import software.amazon.kinesis.lifecycle.events.ShutdownRequestedInput;
import software.amazon.kinesis.processor.RecordProcessorCheckpointer;
import software.amazon.kinesis.processor.ShardRecordProcessor;
import software.amazon.kinesis.processor.SingleStreamTracker;
import software.amazon.kinesis.retrieval.KinesisClientRecord;
import software.amazon.kinesis.retrieval.RetrievalConfig;
import software.amazon.kinesis.retrieval.polling.PollingConfig;

/**
 * A worker of an application of the Kinesis Client Library 3: it prints what it reads, a line each, and checkpoints it. All settings are the
 * library's defaults.
 *
 * Arguments: application stream polling|fanOut. Endpoint, region and credentials come from the environment, as the SDK takes them.
 * Hands its leases back and stops when its input ends.
 */
public final class KclReader {
    public static void main(String[] arguments) throws Exception {
        String application = arguments[0];
        String stream = arguments[1];
        boolean polls = arguments[2].equals("polling");

        KinesisAsyncClient kinesis = KinesisClientUtil.createKinesisAsyncClient(KinesisAsyncClient.builder());
        ConfigsBuilder configs = new ConfigsBuilder(
                new SingleStreamTracker(stream, InitialPositionInStreamExtended.newInitialPosition(InitialPositionInStream.TRIM_HORIZON)),
                application,
                kinesis,
                DynamoDbAsyncClient.create(),
                CloudWatchAsyncClient.create(),
                UUID.randomUUID().toString(),
                Reader::new);
        RetrievalConfig retrieval = configs.retrievalConfig();
        if (polls) retrieval.retrievalSpecificConfig(new PollingConfig(stream, kinesis));
        Scheduler scheduler = new Scheduler(
                configs.checkpointConfig(),
                configs.coordinatorConfig(),
                configs.leaseManagementConfig(),
                configs.lifecycleConfig(),
                configs.metricsConfig(),
                configs.processorConfig(),
                retrieval);
        Thread stopper = new Thread(() -> stopAtEndOfInput(scheduler));
        stopper.setDaemon(true);
        stopper.start();
        scheduler.run();
        // The library gives up by returning.
        System.exit(isStopping ? 0 : 1);
    }

    private static volatile boolean isStopping = false;

    private static void stopAtEndOfInput(Scheduler scheduler) {
        try {
            while (System.in.read() != -1) { }
        } catch (IOException gone) {
            // As good as its end.
        }
        isStopping = true;
        scheduler.startGracefulShutdown();
    }

    private static final class Reader implements ShardRecordProcessor {
        private String shard;

        @Override
        public void initialize(InitializationInput input) {
            shard = input.shardId();
            say("begin", shard);
        }

        @Override
        public void processRecords(ProcessRecordsInput input) {
            for (KinesisClientRecord record : input.records())
                say("record", shard, record.partitionKey(), record.sequenceNumber(), StandardCharsets.UTF_8.decode(record.data()).toString());
            checkpoint(input.checkpointer());
        }

        @Override
        public void leaseLost(LeaseLostInput input) {
            // Whoever has it now goes on from the last checkpoint.
        }

        @Override
        public void shardEnded(ShardEndedInput input) {
            checkpoint(input.checkpointer());
        }

        @Override
        public void shutdownRequested(ShutdownRequestedInput input) {
            checkpoint(input.checkpointer());
        }

        /** One that fails is made up for by the next: some records are read again. */
        private static void checkpoint(RecordProcessorCheckpointer checkpointer) {
            try {
                checkpointer.checkpoint();
            } catch (Exception error) {
                System.err.println("No checkpoint: " + error);
            }
        }
    }

    private static void say(String... words) {
        System.out.println(String.join("\t", words));
    }
}
