package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws/middleware"
)

// recorder is the transport of every client: it keeps each request as it goes over the wire.
type recorder struct {
	next            http.RoundTripper
	resource, phase string
	requests        []recorded
	calls           int
}

type recorded struct {
	Resource string `json:"resource"`
	Phase    string `json:"phase"`
	// As the signature names it.
	Service   string            `json:"service"`
	Operation string            `json:"operation"`
	Method    string            `json:"method"`
	Path      string            `json:"path"`
	Headers   map[string]string `json:"headers"`
	// One of the two: text where the protocol is text.
	Body   string `json:"body,omitempty"`
	Base64 string `json:"base64,omitempty"`
	Status int    `json:"status"`
}

// The headers by which a service and its protocol are told, beside the signature.
var headersKept = []string{"Content-Type", "X-Amz-Target", "Smithy-Protocol", "X-Amzn-Query-Mode"}

func (r *recorder) RoundTrip(request *http.Request) (*http.Response, error) {
	var body []byte
	if request.Body != nil {
		body, _ = io.ReadAll(request.Body)
		request.Body = io.NopCloser(bytes.NewReader(body))
	}
	answer, err := r.next.RoundTrip(request)
	entry := recorded{
		Resource:  r.resource,
		Phase:     r.phase,
		Service:   strings.Split(request.Header.Get("Authorization"), "/")[3],
		Operation: middleware.GetOperationName(request.Context()),
		Method:    request.Method,
		Path:      request.URL.RequestURI(),
		Headers:   map[string]string{},
	}
	for _, name := range headersKept {
		if value := request.Header.Get(name); value != "" {
			entry.Headers[name] = value
		}
	}
	if utf8.Valid(body) {
		entry.Body = ofAnyRun(string(body))
	} else {
		entry.Base64 = base64.StdEncoding.EncodeToString(body)
	}
	if err == nil {
		entry.Status = answer.StatusCode
	}
	r.calls++
	if r.isAskedAgain(entry) {
		r.requests = r.requests[:len(r.requests)-1]
	}
	r.requests = append(r.requests, entry)
	return answer, err
}

// Tables come and go in real time, so that how often they were asked for is by chance.
func (r *recorder) isAskedAgain(entry recorded) bool {
	if entry.Service != "dynamodb" || len(r.requests) == 0 {
		return false
	}
	last := r.requests[len(r.requests)-1]
	return last.Operation == entry.Operation && last.Body == entry.Body
}

var (
	port         = regexp.MustCompile(`127\.0\.0\.1:\d+`)
	subscription = regexp.MustCompile(`(alarms%3A)[0-9a-f-]{36}`)
)

// ofAnyRun takes out what differs from run to run: where the sandbox listens, the last part of a subscription's ARN, the order of members.
func ofAnyRun(body string) string {
	var members map[string]any
	decoder := json.NewDecoder(strings.NewReader(body))
	decoder.UseNumber()
	if decoder.Decode(&members) == nil {
		var sorted bytes.Buffer
		encoder := json.NewEncoder(&sorted)
		encoder.SetEscapeHTML(false)
		_ = encoder.Encode(members)
		body = strings.TrimSpace(sorted.String())
	}
	return subscription.ReplaceAllString(port.ReplaceAllString(body, "127.0.0.1"), "${1}SUBSCRIPTION")
}

// write puts one request on a line, so that a change shows as one.
func (r *recorder) write(path string) error {
	var text bytes.Buffer
	text.WriteString("[\n")
	for index, each := range r.requests {
		var line bytes.Buffer
		encoder := json.NewEncoder(&line)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(each); err != nil {
			return err
		}
		text.Write(bytes.TrimSpace(line.Bytes()))
		if index < len(r.requests)-1 {
			text.WriteByte(',')
		}
		text.WriteByte('\n')
	}
	text.WriteString("]\n")
	return os.WriteFile(path, text.Bytes(), 0o644)
}

func errorAs[E error](err error) (E, bool) {
	var found E
	is := errors.As(err, &found)
	return found, is
}
