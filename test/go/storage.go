package main

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

const logGroupName = "/aws/lambda/scaler"

// internal/service/dynamodb/table.go, tags_gen.go
func table(r *lifecycle) {
	client := dynamodb.NewFromConfig(r.cfg)
	name := aws.String("ledger")
	describe := func() *types.TableDescription {
		return ok(client.DescribeTable(r.ctx, &dynamodb.DescribeTableInput{TableName: name})).Table
	}
	active := func() {
		until("an active table", func() bool { return describe().TableStatus == types.TableStatusActive })
	}
	expires := func(enabled bool) {
		done(client.UpdateTimeToLive(r.ctx, &dynamodb.UpdateTimeToLiveInput{TableName: name,
			TimeToLiveSpecification: &types.TimeToLiveSpecification{AttributeName: aws.String("expires"), Enabled: aws.Bool(enabled)}}))
		until("time to live", func() bool {
			found := ok(client.DescribeTimeToLive(r.ctx, &dynamodb.DescribeTimeToLiveInput{TableName: name}))
			return (found.TimeToLiveDescription.TimeToLiveStatus == types.TimeToLiveStatusEnabled) == enabled
		})
	}
	recovers := func(enabled bool) {
		done(client.UpdateContinuousBackups(r.ctx, &dynamodb.UpdateContinuousBackupsInput{TableName: name,
			PointInTimeRecoverySpecification: &types.PointInTimeRecoverySpecification{PointInTimeRecoveryEnabled: aws.Bool(enabled)}}))
		until("point in time recovery", func() bool {
			found := ok(client.DescribeContinuousBackups(r.ctx, &dynamodb.DescribeContinuousBackupsInput{TableName: name}))
			status := found.ContinuousBackupsDescription.PointInTimeRecoveryDescription.PointInTimeRecoveryStatus
			return (status == types.PointInTimeRecoveryStatusEnabled) == enabled
		})
	}
	read := func() *types.TableDescription {
		r.read()
		found := describe()
		done(client.DescribeContinuousBackups(r.ctx, &dynamodb.DescribeContinuousBackupsInput{TableName: name}))
		done(client.DescribeTimeToLive(r.ctx, &dynamodb.DescribeTimeToLiveInput{TableName: name}))
		tags := ok(client.ListTagsOfResource(r.ctx, &dynamodb.ListTagsOfResourceInput{ResourceArn: found.TableArn}))
		equal("tags", len(tags.Tags), 1)
		return found
	}
	r.create()
	done(client.CreateTable(r.ctx, &dynamodb.CreateTableInput{
		TableName:            name,
		BillingMode:          types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{{AttributeName: aws.String("pk"), AttributeType: types.ScalarAttributeTypeS}},
		KeySchema:            []types.KeySchemaElement{{AttributeName: aws.String("pk"), KeyType: types.KeyTypeHash}},
		TableClass:           types.TableClassStandard,
		Tags:                 []types.Tag{{Key: aws.String("team"), Value: aws.String("orders")}},
	}))
	active()
	expires(true)
	recovers(true)
	found := read()
	equal("BillingMode", found.BillingModeSummary.BillingMode, types.BillingModePayPerRequest)
	equal("TableArn", aws.ToString(found.TableArn), "arn:aws:dynamodb:us-east-1:123456789012:table/ledger")
	equal("keys", fmt.Sprint(len(found.KeySchema), len(found.AttributeDefinitions)), "1 1")
	// The SDK's waiter reads the same.
	done(nil, dynamodb.NewTableExistsWaiter(client, func(o *dynamodb.TableExistsWaiterOptions) { o.MinDelay, o.MaxDelay = quick, quick }).
		Wait(r.ctx, &dynamodb.DescribeTableInput{TableName: name}, waitAtMost))

	r.update()
	change := func(input *dynamodb.UpdateTableInput) {
		input.TableName = name
		done(client.UpdateTable(r.ctx, input))
		active()
	}
	change(&dynamodb.UpdateTableInput{BillingMode: types.BillingModeProvisioned,
		ProvisionedThroughput: &types.ProvisionedThroughput{ReadCapacityUnits: aws.Int64(1), WriteCapacityUnits: aws.Int64(1)}})
	change(&dynamodb.UpdateTableInput{DeletionProtectionEnabled: aws.Bool(true)})
	change(&dynamodb.UpdateTableInput{DeletionProtectionEnabled: aws.Bool(false)})
	change(&dynamodb.UpdateTableInput{SSESpecification: &types.SSESpecification{
		Enabled: aws.Bool(true), SSEType: types.SSETypeKms, KMSMasterKeyId: aws.String("arn:aws:kms:us-east-1:123456789012:key/one")}})
	change(&dynamodb.UpdateTableInput{
		AttributeDefinitions: []types.AttributeDefinition{
			{AttributeName: aws.String("pk"), AttributeType: types.ScalarAttributeTypeS},
			{AttributeName: aws.String("stream"), AttributeType: types.ScalarAttributeTypeS}},
		GlobalSecondaryIndexUpdates: []types.GlobalSecondaryIndexUpdate{{Create: &types.CreateGlobalSecondaryIndexAction{
			IndexName:             aws.String("by-stream"),
			KeySchema:             []types.KeySchemaElement{{AttributeName: aws.String("stream"), KeyType: types.KeyTypeHash}},
			Projection:            &types.Projection{ProjectionType: types.ProjectionTypeAll},
			ProvisionedThroughput: &types.ProvisionedThroughput{ReadCapacityUnits: aws.Int64(1), WriteCapacityUnits: aws.Int64(1)}}}}})
	expires(false)
	recovers(false)
	arn := found.TableArn
	done(client.UntagResource(r.ctx, &dynamodb.UntagResourceInput{ResourceArn: arn, TagKeys: []string{"team"}}))
	done(client.TagResource(r.ctx, &dynamodb.TagResourceInput{
		ResourceArn: arn, Tags: []types.Tag{{Key: aws.String("owner"), Value: aws.String("shop")}}}))
	found = read()
	equal("SSEDescription", found.SSEDescription.Status, types.SSEStatusEnabled)
	equal("index", aws.ToString(found.GlobalSecondaryIndexes[0].IndexName), "by-stream")

	r.delete()
	done(client.DeleteTable(r.ctx, &dynamodb.DeleteTableInput{TableName: name}))
	done(nil, dynamodb.NewTableNotExistsWaiter(client, func(o *dynamodb.TableNotExistsWaiterOptions) { o.MinDelay, o.MaxDelay = quick, quick }).
		Wait(r.ctx, &dynamodb.DescribeTableInput{TableName: name}, waitAtMost))
	refused[*types.ResourceNotFoundException](client.DescribeTable(r.ctx, &dynamodb.DescribeTableInput{TableName: name}))
}

// internal/service/logs/group.go, tags_gen.go
func logGroup(r *lifecycle) {
	client := cloudwatchlogs.NewFromConfig(r.cfg)
	arn := aws.String("arn:aws:logs:us-east-1:123456789012:log-group:" + logGroupName)
	name := aws.String(logGroupName)
	read := func(days int32, tags string) {
		r.read()
		pages := cloudwatchlogs.NewDescribeLogGroupsPaginator(client, &cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: name})
		seen := 0
		for pages.HasMorePages() {
			for _, group := range ok(pages.NextPage(r.ctx)).LogGroups {
				seen++
				equal("Arn", aws.ToString(group.Arn), *arn+":*")
				equal("RetentionInDays", aws.ToInt32(group.RetentionInDays), days)
				equal("LogGroupClass", string(group.LogGroupClass), "STANDARD")
			}
		}
		equal("log groups", seen, 1)
		equal("tags", fmt.Sprint(ok(client.ListTagsForResource(r.ctx, &cloudwatchlogs.ListTagsForResourceInput{ResourceArn: arn})).Tags), tags)
	}
	r.create()
	done(client.CreateLogGroup(r.ctx, &cloudwatchlogs.CreateLogGroupInput{LogGroupName: name, Tags: map[string]string{"team": "orders"}}))
	done(client.PutRetentionPolicy(r.ctx, &cloudwatchlogs.PutRetentionPolicyInput{LogGroupName: name, RetentionInDays: aws.Int32(30)}))
	read(30, "map[team:orders]")
	r.update()
	done(client.PutRetentionPolicy(r.ctx, &cloudwatchlogs.PutRetentionPolicyInput{LogGroupName: name, RetentionInDays: aws.Int32(14)}))
	done(client.AssociateKmsKey(r.ctx, &cloudwatchlogs.AssociateKmsKeyInput{LogGroupName: name, KmsKeyId: aws.String("arn:aws:kms:us-east-1:123456789012:key/one")}))
	done(client.DisassociateKmsKey(r.ctx, &cloudwatchlogs.DisassociateKmsKeyInput{LogGroupName: name}))
	done(client.UntagResource(r.ctx, &cloudwatchlogs.UntagResourceInput{ResourceArn: arn, TagKeys: []string{"team"}}))
	done(client.TagResource(r.ctx, &cloudwatchlogs.TagResourceInput{ResourceArn: arn, Tags: map[string]string{"owner": "shop"}}))
	read(14, "map[owner:shop]")
	r.update()
	done(client.DeleteRetentionPolicy(r.ctx, &cloudwatchlogs.DeleteRetentionPolicyInput{LogGroupName: name}))
	read(0, "map[owner:shop]")
	r.delete()
	done(client.DeleteLogGroup(r.ctx, &cloudwatchlogs.DeleteLogGroupInput{LogGroupName: name}))
	left := ok(client.DescribeLogGroups(r.ctx, &cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: name}))
	equal("log groups", len(left.LogGroups), 0)
}
