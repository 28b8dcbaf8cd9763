package main

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/sharded-stream/sharded-stream/sdk/go/shardedstream"
)

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		orders, err := shardedstream.NewShardedStream(ctx, "orders", &shardedstream.ShardedStreamArgs{
			Requirements: shardedstream.RequirementsArgs{
				WriteMiBPerSecond: pulumi.Float64(3.5),
				RecordsPerSecond:  pulumi.Float64(2500),
				OrderedLanes:      pulumi.Int(4),
			},
			Scaling: &shardedstream.ScalingArgs{MaxShards: pulumi.Int(16)},
		})
		if err != nil {
			return err
		}
		ctx.Export("streamName", orders.StreamName)
		ctx.Export("shardCount", orders.ShardCount)
		ctx.Export("scalerFunctionName", orders.ScalerFunctionName)
		return nil
	})
}
