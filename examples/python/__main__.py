"""A stream of orders, sized from what it has to carry, with a scaler."""

import pulumi
import pulumi_sharded_stream as sharded_stream

orders = sharded_stream.ShardedStream(
    "orders",
    requirements={
        "write_mi_b_per_second": 3.5,
        "records_per_second": 2500,
        "ordered_lanes": 4,
    },
    scaling={"max_shards": 16, "notify": sharded_stream.ScalingNotify.FAILURES},
    shard_level_metrics=["IncomingBytes"],
    tags={"team": "orders"},
)

pulumi.export("stream_name", orders.stream_name)
pulumi.export("shard_count", orders.shard_count)
pulumi.export("scaler_function_name", orders.scaler_function_name)
