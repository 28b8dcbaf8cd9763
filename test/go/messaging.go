package main

import (
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

const (
	topicArn = "arn:aws:sns:us-east-1:123456789012:alarms"
	queueArn = "arn:aws:sqs:us-east-1:123456789012:given-up"
)

// internal/service/sqs/queue.go, tags_gen.go. The queue stays for the other resources, after one of the same kind was deleted.
func queue(r *lifecycle) {
	client := sqs.NewFromConfig(r.cfg)
	attributes := func(url *string) map[string]string {
		return ok(client.GetQueueAttributes(r.ctx, &sqs.GetQueueAttributesInput{
			QueueUrl: url, AttributeNames: []sqstypes.QueueAttributeName{sqstypes.QueueAttributeNameAll}})).Attributes
	}
	// The provider waits until every attribute reads as it was declared.
	propagated := func(url *string, wanted map[string]string) {
		got := attributes(url)
		for name, want := range wanted {
			equal(name, got[name], want)
		}
	}
	create := func(name string) *string {
		r.create()
		wanted := map[string]string{"MessageRetentionPeriod": "1209600", "SqsManagedSseEnabled": "true", "VisibilityTimeout": "30", "ReceiveMessageWaitTimeSeconds": "0"}
		made := ok(client.CreateQueue(r.ctx, &sqs.CreateQueueInput{
			QueueName: aws.String(name), Attributes: wanted, Tags: map[string]string{"team": "orders"}}))
		propagated(made.QueueUrl, wanted)
		return made.QueueUrl
	}
	read := func(url *string, tags string) {
		r.read()
		equal("parts of the URL", len(strings.Split(*url, "/")), 5)
		equal("QueueArn is there", attributes(url)["QueueArn"] != "", true)
		equal("tags", fmt.Sprint(ok(client.ListQueueTags(r.ctx, &sqs.ListQueueTagsInput{QueueUrl: url})).Tags), tags)
	}
	url := create("short-lived")
	read(url, "map[team:orders]")
	r.update()
	wanted := map[string]string{"MessageRetentionPeriod": "86400", "VisibilityTimeout": "60"}
	done(client.SetQueueAttributes(r.ctx, &sqs.SetQueueAttributesInput{QueueUrl: url, Attributes: wanted}))
	propagated(url, wanted)
	done(client.UntagQueue(r.ctx, &sqs.UntagQueueInput{QueueUrl: url, TagKeys: []string{"team"}}))
	done(client.TagQueue(r.ctx, &sqs.TagQueueInput{QueueUrl: url, Tags: map[string]string{"owner": "shop"}}))
	read(url, "map[owner:shop]")
	r.delete()
	done(client.DeleteQueue(r.ctx, &sqs.DeleteQueueInput{QueueUrl: url}))
	_, err := client.GetQueueAttributes(r.ctx, &sqs.GetQueueAttributesInput{
		QueueUrl: url, AttributeNames: []sqstypes.QueueAttributeName{sqstypes.QueueAttributeNameAll}})
	// The provider goes by the code of the old protocol.
	code, _ := errorAs[interface {
		error
		ErrorCode() string
	}](err)
	if code == nil || code.ErrorCode() != "AWS.SimpleQueueService.NonExistentQueue" {
		panic(fmt.Sprintf("wanted AWS.SimpleQueueService.NonExistentQueue, got %v", err))
	}
	create("given-up")
}

// internal/service/sns/topic.go, tags_gen.go. The topic stays for the other resources, after one of the same kind was deleted.
func topic(r *lifecycle) {
	client := sns.NewFromConfig(r.cfg)
	create := func(name string) *string {
		r.create()
		made := ok(client.CreateTopic(r.ctx, &sns.CreateTopicInput{
			Name: aws.String(name), Tags: []snstypes.Tag{{Key: aws.String("team"), Value: aws.String("orders")}}}))
		done(client.SetTopicAttributes(r.ctx, &sns.SetTopicAttributesInput{
			TopicArn: made.TopicArn, AttributeName: aws.String("DisplayName"), AttributeValue: aws.String("Orders")}))
		return made.TopicArn
	}
	read := func(arn *string, displayName, key string) {
		r.read()
		got := ok(client.GetTopicAttributes(r.ctx, &sns.GetTopicAttributesInput{TopicArn: arn})).Attributes
		equal("DisplayName", got["DisplayName"], displayName)
		equal("Owner", got["Owner"], "123456789012")
		equal("Policy is there", got["Policy"] != "", true)
		tags := ok(client.ListTagsForResource(r.ctx, &sns.ListTagsForResourceInput{ResourceArn: arn})).Tags
		equal("key of the tag", aws.ToString(tags[0].Key), key)
	}
	arn := create("short-lived")
	read(arn, "Orders", "team")
	r.update()
	done(client.SetTopicAttributes(r.ctx, &sns.SetTopicAttributesInput{
		TopicArn: arn, AttributeName: aws.String("DisplayName"), AttributeValue: aws.String("Shop")}))
	done(client.UntagResource(r.ctx, &sns.UntagResourceInput{ResourceArn: arn, TagKeys: []string{"team"}}))
	done(client.TagResource(r.ctx, &sns.TagResourceInput{
		ResourceArn: arn, Tags: []snstypes.Tag{{Key: aws.String("owner"), Value: aws.String("shop")}}}))
	read(arn, "Shop", "owner")
	r.delete()
	done(client.DeleteTopic(r.ctx, &sns.DeleteTopicInput{TopicArn: arn}))
	refused[*snstypes.NotFoundException](client.GetTopicAttributes(r.ctx, &sns.GetTopicAttributesInput{TopicArn: arn}))
	equal("TopicArn", aws.ToString(create("alarms")), topicArn)
}

// internal/service/sns/topic_policy.go: deleted is a policy that is set back to the default one.
func topicPolicy(r *lifecycle) {
	client := sns.NewFromConfig(r.cfg)
	put := func(policy string) {
		done(client.SetTopicAttributes(r.ctx, &sns.SetTopicAttributesInput{
			TopicArn: aws.String(topicArn), AttributeName: aws.String("Policy"), AttributeValue: aws.String(policy)}))
	}
	read := func(want string) {
		r.read()
		got := ok(client.GetTopicAttributes(r.ctx, &sns.GetTopicAttributesInput{TopicArn: aws.String(topicArn)})).Attributes
		equal("Policy", got["Policy"], want)
	}
	policy := func(principal string) string {
		return fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Sid":"alarms","Effect":"Allow","Principal":{"Service":"%s"},"Action":"sns:Publish","Resource":"%s"}]}`, principal, topicArn)
	}
	r.create()
	put(policy("events.amazonaws.com"))
	read(policy("events.amazonaws.com"))
	r.update()
	put(policy("cloudwatch.amazonaws.com"))
	read(policy("cloudwatch.amazonaws.com"))
	r.delete()
	put(fmt.Sprintf(`{
  "Version": "2008-10-17",
  "Id": "__default_policy_ID",
  "Statement": [
    {
      "Sid": "__default_statement_ID",
      "Effect": "Allow",
      "Principal": {
        "AWS": "*"
      },
      "Action": [
        "SNS:Publish",
        "SNS:Receive"
      ],
      "Resource": %q,
      "Condition": {
        "StringEquals": {
          "AWS:SourceOwner": "123456789012"
        }
      }
    }
  ]
}
`, topicArn))
}

// internal/service/sns/topic_subscription.go
func topicSubscription(r *lifecycle) {
	client := sns.NewFromConfig(r.cfg)
	r.create()
	made := ok(client.Subscribe(r.ctx, &sns.SubscribeInput{
		TopicArn: aws.String(topicArn), Protocol: aws.String("sqs"), Endpoint: aws.String(queueArn), ReturnSubscriptionArn: true}))
	arn := made.SubscriptionArn
	get := func() map[string]string {
		return ok(client.GetSubscriptionAttributes(r.ctx, &sns.GetSubscriptionAttributesInput{SubscriptionArn: arn})).Attributes
	}
	until("a confirmed subscription", func() bool { return get()["PendingConfirmation"] == "false" })
	r.read()
	got := get()
	equal("Endpoint", got["Endpoint"], queueArn)
	equal("Protocol", got["Protocol"], "sqs")
	equal("TopicArn", got["TopicArn"], topicArn)
	equal("RawMessageDelivery", got["RawMessageDelivery"], "false")
	equal("ConfirmationWasAuthenticated is there", got["ConfirmationWasAuthenticated"] != "", true)
	r.update()
	done(client.SetSubscriptionAttributes(r.ctx, &sns.SetSubscriptionAttributesInput{
		SubscriptionArn: arn, AttributeName: aws.String("RawMessageDelivery"), AttributeValue: aws.String("true")}))
	// A redrive policy that is taken away again comes without a value.
	done(client.SetSubscriptionAttributes(r.ctx, &sns.SetSubscriptionAttributesInput{
		SubscriptionArn: arn, AttributeName: aws.String("RedrivePolicy")}))
	equal("RawMessageDelivery", get()["RawMessageDelivery"], "true")
	r.delete()
	done(client.Unsubscribe(r.ctx, &sns.UnsubscribeInput{SubscriptionArn: arn}))
	refused[*snstypes.NotFoundException](client.GetSubscriptionAttributes(r.ctx, &sns.GetSubscriptionAttributesInput{SubscriptionArn: arn}))
	// Mail stays unconfirmed, and has an ARN all the same.
	r.create()
	mail := ok(client.Subscribe(r.ctx, &sns.SubscribeInput{
		TopicArn: aws.String(topicArn), Protocol: aws.String("email"), Endpoint: aws.String("oncall@example.com"), ReturnSubscriptionArn: true}))
	arn = mail.SubscriptionArn
	r.read()
	equal("PendingConfirmation", get()["PendingConfirmation"], "true")
}
