package main

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
)

const alarmArn = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:"

// The tags of alarms: internal/service/cloudwatch/tags_gen.go.
func tagsOf(r *lifecycle, client *cloudwatch.Client, arn string) string {
	text := ""
	for _, tag := range ok(client.ListTagsForResource(r.ctx, &cloudwatch.ListTagsForResourceInput{ResourceARN: aws.String(arn)})).Tags {
		text += aws.ToString(tag.Key) + "=" + aws.ToString(tag.Value)
	}
	return text
}

func retag(r *lifecycle, client *cloudwatch.Client, arn string) {
	done(client.UntagResource(r.ctx, &cloudwatch.UntagResourceInput{ResourceARN: aws.String(arn), TagKeys: []string{"team"}}))
	done(client.TagResource(r.ctx, &cloudwatch.TagResourceInput{ResourceARN: aws.String(arn),
		Tags: []types.Tag{{Key: aws.String("owner"), Value: aws.String("shop")}}}))
}

func ordersTag() []types.Tag {
	return []types.Tag{{Key: aws.String("team"), Value: aws.String("orders")}}
}

// internal/service/cloudwatch/metric_alarm.go. Both kinds: one metric, and metric math. The alarm on one metric stays for the composite alarm.
func metricAlarm(r *lifecycle) {
	client := cloudwatch.NewFromConfig(r.cfg)
	find := func(name string) []types.MetricAlarm {
		return ok(client.DescribeAlarms(r.ctx, &cloudwatch.DescribeAlarmsInput{
			AlarmNames: []string{name}, AlarmTypes: []types.AlarmType{types.AlarmTypeMetricAlarm}})).MetricAlarms
	}
	onMetric := func(name string, threshold float64) *cloudwatch.PutMetricAlarmInput {
		return &cloudwatch.PutMetricAlarmInput{
			AlarmName: aws.String(name), AlarmDescription: aws.String("Writes are refused"), ActionsEnabled: aws.Bool(true),
			AlarmActions: []string{topicArn}, OKActions: []string{topicArn},
			ComparisonOperator: types.ComparisonOperatorGreaterThanThreshold, EvaluationPeriods: aws.Int32(3), DatapointsToAlarm: aws.Int32(2),
			Namespace: aws.String("AWS/Kinesis"), MetricName: aws.String("WriteProvisionedThroughputExceeded"), Statistic: types.StatisticSum,
			Period: aws.Int32(60), Threshold: aws.Float64(threshold), TreatMissingData: aws.String("notBreaching"),
			Dimensions: []types.Dimension{{Name: aws.String("StreamName"), Value: aws.String(streamName)}}, Tags: ordersTag()}
	}
	onMath := func(name string) *cloudwatch.PutMetricAlarmInput {
		return &cloudwatch.PutMetricAlarmInput{
			AlarmName: aws.String(name), ActionsEnabled: aws.Bool(true), ComparisonOperator: types.ComparisonOperatorGreaterThanThreshold,
			EvaluationPeriods: aws.Int32(1), Threshold: aws.Float64(80), TreatMissingData: aws.String("missing"), Tags: ordersTag(),
			Metrics: []types.MetricDataQuery{
				{Id: aws.String("used"), Expression: aws.String("100 * bytes / 1048576"), Label: aws.String("used"), ReturnData: aws.Bool(true)},
				{Id: aws.String("bytes"), ReturnData: aws.Bool(false), MetricStat: &types.MetricStat{Period: aws.Int32(60), Stat: aws.String("Sum"),
					Metric: &types.Metric{Namespace: aws.String("AWS/Kinesis"), MetricName: aws.String("IncomingBytes"),
						Dimensions: []types.Dimension{{Name: aws.String("StreamName"), Value: aws.String(streamName)}}}}},
			}}
	}
	create := func(input *cloudwatch.PutMetricAlarmInput) string {
		r.create()
		name := aws.ToString(input.AlarmName)
		equal("alarms of that name", len(find(name)), 0)
		done(client.PutMetricAlarm(r.ctx, input))
		return name
	}
	read := func(name, tags string) types.MetricAlarm {
		r.read()
		found := find(name)
		equal("alarms", len(found), 1)
		equal("AlarmArn", aws.ToString(found[0].AlarmArn), alarmArn+name)
		equal("tags", tagsOf(r, client, alarmArn+name), tags)
		return found[0]
	}
	name := create(onMetric("orders-write-throttled", 0))
	found := read(name, "team=orders")
	equal("AlarmActions", fmt.Sprint(found.AlarmActions, found.OKActions, found.InsufficientDataActions), "["+topicArn+"] ["+topicArn+"] []")
	equal("ActionsEnabled", aws.ToBool(found.ActionsEnabled), true)
	equal("Threshold", aws.ToFloat64(found.Threshold), 0)
	equal("DatapointsToAlarm", aws.ToInt32(found.DatapointsToAlarm), 2)
	equal("Dimensions", aws.ToString(found.Dimensions[0].Value), streamName)
	equal("TreatMissingData", aws.ToString(found.TreatMissingData), "notBreaching")
	equal("StateUpdatedTimestamp is there", found.StateUpdatedTimestamp != nil, true)
	done(nil, cloudwatch.NewAlarmExistsWaiter(client, func(o *cloudwatch.AlarmExistsWaiterOptions) { o.MinDelay, o.MaxDelay = quick, quick }).
		Wait(r.ctx, &cloudwatch.DescribeAlarmsInput{AlarmNames: []string{name}}, waitAtMost))
	r.update()
	done(client.PutMetricAlarm(r.ctx, onMetric(name, 5)))
	retag(r, client, alarmArn+name)
	equal("Threshold", aws.ToFloat64(read(name, "owner=shop").Threshold), 5)

	math := create(onMath("orders-used"))
	found = read(math, "team=orders")
	equal("metrics", len(found.Metrics), 2)
	equal("Expression", aws.ToString(found.Metrics[0].Expression), "100 * bytes / 1048576")
	equal("ReturnData", aws.ToBool(found.Metrics[1].ReturnData), false)
	equal("Stat", aws.ToString(found.Metrics[1].MetricStat.Stat), "Sum")
	r.delete()
	done(client.DeleteAlarms(r.ctx, &cloudwatch.DeleteAlarmsInput{AlarmNames: []string{math}}))
	equal("alarms", len(find(math)), 0)
}

// internal/service/cloudwatch/composite_alarm.go
func compositeAlarm(r *lifecycle) {
	client := cloudwatch.NewFromConfig(r.cfg)
	name := "orders-unwell"
	find := func() []types.CompositeAlarm {
		return ok(client.DescribeAlarms(r.ctx, &cloudwatch.DescribeAlarmsInput{
			AlarmNames: []string{name}, AlarmTypes: []types.AlarmType{types.AlarmTypeCompositeAlarm}})).CompositeAlarms
	}
	put := func(rule string) {
		done(client.PutCompositeAlarm(r.ctx, &cloudwatch.PutCompositeAlarmInput{
			AlarmName: aws.String(name), AlarmRule: aws.String(rule), ActionsEnabled: aws.Bool(true), AlarmActions: []string{topicArn}, Tags: ordersTag()}))
	}
	read := func(rule, tags string) {
		r.read()
		found := find()
		equal("alarms", len(found), 1)
		equal("AlarmRule", aws.ToString(found[0].AlarmRule), rule)
		equal("AlarmArn", aws.ToString(found[0].AlarmArn), alarmArn+name)
		equal("AlarmActions", fmt.Sprint(found[0].AlarmActions), "["+topicArn+"]")
		equal("tags", tagsOf(r, client, alarmArn+name), tags)
	}
	r.create()
	put(`ALARM("orders-write-throttled")`)
	read(`ALARM("orders-write-throttled")`, "team=orders")
	done(nil, cloudwatch.NewCompositeAlarmExistsWaiter(client, func(o *cloudwatch.CompositeAlarmExistsWaiterOptions) { o.MinDelay, o.MaxDelay = quick, quick }).
		Wait(r.ctx, &cloudwatch.DescribeAlarmsInput{AlarmNames: []string{name}, AlarmTypes: []types.AlarmType{types.AlarmTypeCompositeAlarm}}, waitAtMost))
	r.update()
	put(`NOT OK("orders-write-throttled")`)
	retag(r, client, alarmArn+name)
	read(`NOT OK("orders-write-throttled")`, "owner=shop")
	r.delete()
	done(client.DeleteAlarms(r.ctx, &cloudwatch.DeleteAlarmsInput{AlarmNames: []string{name}}))
	equal("alarms", len(find()), 0)
	refused[*types.ResourceNotFound](client.DeleteAlarms(r.ctx, &cloudwatch.DeleteAlarmsInput{AlarmNames: []string{name}}))
}

// internal/service/cloudwatch/dashboard.go
func dashboard(r *lifecycle) {
	client := cloudwatch.NewFromConfig(r.cfg)
	name := aws.String("orders")
	put := func(height int) string {
		body := fmt.Sprintf(`{"widgets":[{"type":"text","width":24,"height":%d,"properties":{"markdown":"# orders"}}]}`, height)
		done(client.PutDashboard(r.ctx, &cloudwatch.PutDashboardInput{DashboardName: name, DashboardBody: aws.String(body)}))
		return body
	}
	read := func(body string) {
		r.read()
		found := ok(client.GetDashboard(r.ctx, &cloudwatch.GetDashboardInput{DashboardName: name}))
		equal("DashboardArn", aws.ToString(found.DashboardArn), "arn:aws:cloudwatch::123456789012:dashboard/orders")
		equal("DashboardBody", aws.ToString(found.DashboardBody), body)
		equal("DashboardName", aws.ToString(found.DashboardName), "orders")
	}
	r.create()
	read(put(2))
	r.update()
	read(put(3))
	r.delete()
	done(client.DeleteDashboards(r.ctx, &cloudwatch.DeleteDashboardsInput{DashboardNames: []string{"orders"}}))
	_, err := client.GetDashboard(r.ctx, &cloudwatch.GetDashboardInput{DashboardName: name})
	// The provider goes by the code.
	code, _ := errorAs[interface {
		error
		ErrorCode() string
	}](err)
	if code == nil || code.ErrorCode() != "ResourceNotFound" {
		panic(fmt.Sprintf("wanted ResourceNotFound, got %v", err))
	}
}
