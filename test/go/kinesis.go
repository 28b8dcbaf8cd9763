package main

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

const (
	streamName = "orders"
	streamArn  = "arn:aws:kinesis:us-east-1:123456789012:stream/orders"
)

// internal/conns/config.go: the account's ID, for ARNs that the provider writes itself.
func callerIdentity(r *lifecycle) {
	client := sts.NewFromConfig(r.cfg)
	r.read()
	identity := ok(client.GetCallerIdentity(r.ctx, &sts.GetCallerIdentityInput{}))
	equal("Account", aws.ToString(identity.Account), "123456789012")
}

// internal/service/kinesis/account_settings.go
func accountSettings(r *lifecycle) {
	client := kinesis.NewFromConfig(r.cfg)
	commit := func(status types.MinimumThroughputBillingCommitmentInputStatus) {
		done(client.UpdateAccountSettings(r.ctx, &kinesis.UpdateAccountSettingsInput{
			MinimumThroughputBillingCommitment: &types.MinimumThroughputBillingCommitmentInput{Status: status},
		}))
	}
	r.create()
	commit(types.MinimumThroughputBillingCommitmentInputStatusEnabled)
	r.read()
	settings := ok(client.DescribeAccountSettings(r.ctx, &kinesis.DescribeAccountSettingsInput{}))
	equal("Status", settings.MinimumThroughputBillingCommitment.Status, types.MinimumThroughputBillingCommitmentOutputStatusEnabled)
	equal("StartedAt is there", settings.MinimumThroughputBillingCommitment.StartedAt != nil, true)
	r.update()
	commit(types.MinimumThroughputBillingCommitmentInputStatusDisabled)
}

// internal/service/kinesis/stream.go, tags_gen.go. The stream stays for the other resources; it is deleted and made again here.
func stream(r *lifecycle) {
	client := kinesis.NewFromConfig(r.cfg)
	read := func() *types.StreamDescriptionSummary {
		r.read()
		summary := ok(client.DescribeStreamSummary(r.ctx, &kinesis.DescribeStreamSummaryInput{StreamName: aws.String(streamName)}))
		tags := ok(client.ListTagsForStream(r.ctx, &kinesis.ListTagsForStreamInput{StreamName: aws.String(streamName)}))
		equal("tags", fmt.Sprint(len(tags.Tags)), "1")
		return summary.StreamDescriptionSummary
	}
	active := func() {
		until("an active stream", func() bool {
			summary := ok(client.DescribeStreamSummary(r.ctx, &kinesis.DescribeStreamSummaryInput{StreamName: aws.String(streamName)}))
			return summary.StreamDescriptionSummary.StreamStatus == types.StreamStatusActive
		})
	}
	create := func() {
		r.create()
		limits := ok(client.DescribeLimits(r.ctx, &kinesis.DescribeLimitsInput{}))
		equal("OnDemandStreamCountLimit is there", limits.OnDemandStreamCountLimit != nil, true)
		done(client.CreateStream(r.ctx, &kinesis.CreateStreamInput{
			StreamName:        aws.String(streamName),
			ShardCount:        aws.Int32(2),
			StreamModeDetails: &types.StreamModeDetails{StreamMode: types.StreamModeProvisioned},
			Tags:              map[string]string{"team": "orders"},
		}))
		active()
		done(client.IncreaseStreamRetentionPeriod(r.ctx, &kinesis.IncreaseStreamRetentionPeriodInput{
			StreamName: aws.String(streamName), RetentionPeriodHours: aws.Int32(48)}))
		active()
		done(client.EnableEnhancedMonitoring(r.ctx, &kinesis.EnableEnhancedMonitoringInput{
			StreamName: aws.String(streamName), ShardLevelMetrics: []types.MetricsName{types.MetricsNameIncomingBytes}}))
		active()
		done(client.StartStreamEncryption(r.ctx, &kinesis.StartStreamEncryptionInput{
			StreamName: aws.String(streamName), EncryptionType: types.EncryptionTypeKms, KeyId: aws.String("alias/aws/kinesis")}))
		active()
	}
	create()
	summary := read()
	equal("StreamARN", aws.ToString(summary.StreamARN), streamArn)
	equal("OpenShardCount", aws.ToInt32(summary.OpenShardCount), 2)
	equal("RetentionPeriodHours", aws.ToInt32(summary.RetentionPeriodHours), 48)
	equal("EncryptionType", summary.EncryptionType, types.EncryptionTypeKms)
	equal("KeyId", aws.ToString(summary.KeyId), "alias/aws/kinesis")
	equal("MaxRecordSizeInKiB", aws.ToInt32(summary.MaxRecordSizeInKiB), 1024)
	equal("StreamMode", summary.StreamModeDetails.StreamMode, types.StreamModeProvisioned)
	equal("ShardLevelMetrics", fmt.Sprint(summary.EnhancedMonitoring[0].ShardLevelMetrics), "[IncomingBytes]")

	r.update()
	for _, mode := range []types.StreamMode{types.StreamModeOnDemand, types.StreamModeProvisioned} {
		done(client.UpdateStreamMode(r.ctx, &kinesis.UpdateStreamModeInput{
			StreamARN: aws.String(streamArn), StreamModeDetails: &types.StreamModeDetails{StreamMode: mode}}))
		active()
	}
	shards := ok(client.DescribeStreamSummary(r.ctx, &kinesis.DescribeStreamSummaryInput{StreamName: aws.String(streamName)}))
	done(client.UpdateShardCount(r.ctx, &kinesis.UpdateShardCountInput{StreamName: aws.String(streamName),
		TargetShardCount: aws.Int32(aws.ToInt32(shards.StreamDescriptionSummary.OpenShardCount) * 2), ScalingType: types.ScalingTypeUniformScaling}))
	active()
	done(client.DecreaseStreamRetentionPeriod(r.ctx, &kinesis.DecreaseStreamRetentionPeriodInput{
		StreamName: aws.String(streamName), RetentionPeriodHours: aws.Int32(24)}))
	active()
	done(client.DisableEnhancedMonitoring(r.ctx, &kinesis.DisableEnhancedMonitoringInput{
		StreamName: aws.String(streamName), ShardLevelMetrics: []types.MetricsName{types.MetricsNameIncomingBytes}}))
	active()
	done(client.StopStreamEncryption(r.ctx, &kinesis.StopStreamEncryptionInput{
		StreamName: aws.String(streamName), EncryptionType: types.EncryptionTypeKms, KeyId: aws.String("alias/aws/kinesis")}))
	active()
	done(client.UpdateMaxRecordSize(r.ctx, &kinesis.UpdateMaxRecordSizeInput{
		StreamARN: aws.String(streamArn), MaxRecordSizeInKiB: aws.Int32(2048)}))
	active()
	done(client.RemoveTagsFromStream(r.ctx, &kinesis.RemoveTagsFromStreamInput{StreamName: aws.String(streamName), TagKeys: []string{"team"}}))
	done(client.AddTagsToStream(r.ctx, &kinesis.AddTagsToStreamInput{StreamName: aws.String(streamName), Tags: map[string]string{"owner": "shop"}}))
	summary = read()
	equal("OpenShardCount", aws.ToInt32(summary.OpenShardCount), aws.ToInt32(shards.StreamDescriptionSummary.OpenShardCount)*2)
	equal("RetentionPeriodHours", aws.ToInt32(summary.RetentionPeriodHours), 24)
	equal("EncryptionType", summary.EncryptionType, types.EncryptionTypeNone)
	equal("MaxRecordSizeInKiB", aws.ToInt32(summary.MaxRecordSizeInKiB), 2048)

	r.delete()
	done(client.DeleteStream(r.ctx, &kinesis.DeleteStreamInput{StreamName: aws.String(streamName), EnforceConsumerDeletion: aws.Bool(false)}))
	until("a stream that is gone", func() bool {
		_, err := client.DescribeStreamSummary(r.ctx, &kinesis.DescribeStreamSummaryInput{StreamName: aws.String(streamName)})
		_, gone := errorAs[*types.ResourceNotFoundException](err)
		return gone
	})
	done(nil, kinesis.NewStreamNotExistsWaiter(client, func(o *kinesis.StreamNotExistsWaiterOptions) { o.MinDelay, o.MaxDelay = quick, quick }).
		Wait(r.ctx, &kinesis.DescribeStreamInput{StreamName: aws.String(streamName)}, waitAtMost))
	refused[*types.ResourceNotFoundException](client.DeleteStream(r.ctx, &kinesis.DeleteStreamInput{StreamName: aws.String(streamName)}))
	create()
	done(nil, kinesis.NewStreamExistsWaiter(client, func(o *kinesis.StreamExistsWaiterOptions) { o.MinDelay, o.MaxDelay = quick, quick }).
		Wait(r.ctx, &kinesis.DescribeStreamInput{StreamName: aws.String(streamName)}, waitAtMost))
}

// internal/service/kinesis/stream_data_source.go
func getStream(r *lifecycle) {
	client := kinesis.NewFromConfig(r.cfg)
	r.read()
	done(client.DescribeStreamSummary(r.ctx, &kinesis.DescribeStreamSummaryInput{StreamName: aws.String(streamName)}))
	open := 0
	for _, shard := range ok(client.ListShards(r.ctx, &kinesis.ListShardsInput{StreamName: aws.String(streamName)})).Shards {
		if shard.SequenceNumberRange.EndingSequenceNumber == nil {
			open++
		}
	}
	equal("open shards", open, 2)
	done(client.ListTagsForStream(r.ctx, &kinesis.ListTagsForStreamInput{StreamName: aws.String(streamName)}))
}

// internal/service/kinesis/stream_consumer.go. Tags of consumers are those of an ARN.
func streamConsumer(r *lifecycle) {
	client := kinesis.NewFromConfig(r.cfg)
	r.create()
	registered := ok(client.RegisterStreamConsumer(r.ctx, &kinesis.RegisterStreamConsumerInput{
		StreamARN: aws.String(streamArn), ConsumerName: aws.String("billing"), Tags: map[string]string{"team": "billing"}}))
	arn := registered.Consumer.ConsumerARN
	until("an active consumer", func() bool {
		found := ok(client.DescribeStreamConsumer(r.ctx, &kinesis.DescribeStreamConsumerInput{ConsumerARN: arn}))
		return found.ConsumerDescription.ConsumerStatus == types.ConsumerStatusActive
	})
	r.read()
	consumer := ok(client.DescribeStreamConsumer(r.ctx, &kinesis.DescribeStreamConsumerInput{ConsumerARN: arn})).ConsumerDescription
	equal("ConsumerName", aws.ToString(consumer.ConsumerName), "billing")
	equal("StreamARN", aws.ToString(consumer.StreamARN), streamArn)
	equal("ConsumerCreationTimestamp is there", consumer.ConsumerCreationTimestamp != nil, true)
	tags := ok(client.ListTagsForResource(r.ctx, &kinesis.ListTagsForResourceInput{ResourceARN: arn}))
	equal("tags", len(tags.Tags), 1)
	listed := ok(client.ListStreamConsumers(r.ctx, &kinesis.ListStreamConsumersInput{StreamARN: aws.String(streamArn)}))
	equal("consumers", len(listed.Consumers), 1)
	r.update()
	done(client.UntagResource(r.ctx, &kinesis.UntagResourceInput{ResourceARN: arn, TagKeys: []string{"team"}}))
	done(client.TagResource(r.ctx, &kinesis.TagResourceInput{ResourceARN: arn, Tags: map[string]string{"owner": "shop"}}))
	r.delete()
	done(client.DeregisterStreamConsumer(r.ctx, &kinesis.DeregisterStreamConsumerInput{ConsumerARN: arn}))
	until("a consumer that is gone", func() bool {
		_, err := client.DescribeStreamConsumer(r.ctx, &kinesis.DescribeStreamConsumerInput{ConsumerARN: arn})
		_, gone := errorAs[*types.ResourceNotFoundException](err)
		return gone
	})
}

// internal/service/kinesis/resource_policy.go
func resourcePolicy(r *lifecycle) {
	client := kinesis.NewFromConfig(r.cfg)
	put := func(action string) string {
		policy := fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Sid":"other","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::210987654321:root"},"Action":"%s","Resource":"%s"}]}`, action, streamArn)
		done(client.PutResourcePolicy(r.ctx, &kinesis.PutResourcePolicyInput{ResourceARN: aws.String(streamArn), Policy: aws.String(policy)}))
		return policy
	}
	read := func(want string) {
		r.read()
		got := ok(client.GetResourcePolicy(r.ctx, &kinesis.GetResourcePolicyInput{ResourceARN: aws.String(streamArn)}))
		equal("Policy", aws.ToString(got.Policy), want)
	}
	r.create()
	read(put("kinesis:PutRecords"))
	r.update()
	read(put("kinesis:PutRecord"))
	r.delete()
	done(client.DeleteResourcePolicy(r.ctx, &kinesis.DeleteResourcePolicyInput{ResourceARN: aws.String(streamArn)}))
	refused[*types.ResourceNotFoundException](client.GetResourcePolicy(r.ctx, &kinesis.GetResourcePolicyInput{ResourceARN: aws.String(streamArn)}))
}
