// Package ops is what those who run the bot look at: metrics, health, and logs without secrets.
package ops

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"testigo/bot"
	"testigo/facts"
)

// Metrics counts what the bot tells, in a registry of its own. It is a bot.Observer: no method waits for a lock. No label names a person, a
// channel or a community.
type Metrics struct {
	registry   *prometheus.Registry
	questions  map[outcome]prometheus.Counter // made beforehand and never changed, so that it is read without a lock
	other      prometheus.Counter
	events     map[happening]prometheus.Counter
	confidence prometheus.Histogram
	lookup     prometheus.Histogram
	answer     prometheus.Histogram
}

type outcome struct {
	kind facts.Kind
	lang bot.Lang
}

type happening struct {
	platform string
	event    bot.Event
}

// Build says what is running.
type Build struct{ Version, Commit, Go string }

// kinds are what can come of a question.
var kinds = [...]facts.Kind{facts.Answer, facts.Choices, facts.NoFact, facts.Premise, facts.Verdict, facts.Pointing}

// NewMetrics returns metrics for these platforms, all at nothing.
func NewMetrics(build Build, platforms ...string) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(), questions: map[outcome]prometheus.Counter{}, events: map[happening]prometheus.Counter{},
		confidence: histogram("testigo_confidence", "Confidence of the nearest fact of each question, from 0 to 1.", []float64{.1, .2, .3, .4, .5, .6, .7, .8, .9}),
		lookup:     histogram("testigo_lookup_seconds", "Time to find the fact of a question.", seconds),
		answer:     histogram("testigo_answer_seconds", "Time to find the fact of a question and write the reply, without what the platform takes.", seconds),
	}
	questions := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "testigo_questions_total", Help: "Questions, by what came of them and the language of the reply."}, []string{"kind", "lang"})
	for _, k := range kinds {
		for _, l := range facts.Langs {
			m.questions[outcome{k, l}] = questions.WithLabelValues(k.String(), string(l))
		}
	}
	m.other = questions.WithLabelValues("other", "other")
	events := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "testigo_events_total", Help: "What else happened, by platform; none is what belongs to no platform."}, []string{"event", "platform"})
	for _, e := range bot.Events() {
		for _, p := range platforms {
			m.events[happening{p, e}] = events.WithLabelValues(e.String(), p)
		}
		m.events[happening{"", e}] = events.WithLabelValues(e.String(), "none")
	}
	about := prometheus.NewGauge(prometheus.GaugeOpts{Name: "testigo_build_info", Help: "What is running; always 1.",
		ConstLabels: prometheus.Labels{"version": build.Version, "commit": build.Commit, "go": build.Go}})
	about.Set(1)
	m.registry.MustRegister(questions, events, m.confidence, m.lookup, m.answer, about,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// seconds are buckets from 0.1 ms to a second.
var seconds = []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, 1}

func histogram(name, help string, buckets []float64) prometheus.Histogram {
	return prometheus.NewHistogram(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets})
}

// Watch adds what is looked up when the metrics are asked for: how much the bot has, what is ready, and how many processes are the same bot.
func (m *Metrics) Watch(state func() bot.State, health *Health, processes func() int) {
	gauge := func(name, help string, value func(bot.State) float64) {
		m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, func() float64 { return value(state()) }))
	}
	gauge("testigo_index_facts", "Facts and pointers in the index of the shared set.", func(s bot.State) float64 { return float64(s.Facts) })
	gauge("testigo_spaces", "Communities with a view of their own.", func(s bot.State) float64 { return float64(s.Spaces) })
	gauge("testigo_log_revision", "Newest entry of the log of changes that answers are made with.", func(s bot.State) float64 { return float64(s.Revision) })
	gauge("testigo_log_behind_seconds", "How long ago it could last be seen what other processes change.", func(s bot.State) float64 { return s.Behind.Seconds() })
	gauge("testigo_jobs_waiting", "Jobs that nobody waits for and that are still to be done.", func(s bot.State) float64 { return float64(s.Waiting) })
	gauge("testigo_processes", "Processes that are this bot, this one too, as it last saw them.", func(bot.State) float64 { return float64(processes()) })
	m.registry.MustRegister(readiness{health})
}

// Asked implements bot.Observer.
func (m *Metrics) Asked(q bot.Question) {
	counter, ok := m.questions[outcome{q.Kind, q.Lang}]
	if !ok {
		counter = m.other
	}
	counter.Inc()
	m.confidence.Observe(q.Confidence)
	m.lookup.Observe(q.Lookup.Seconds())
	m.answer.Observe(q.Answer.Seconds())
}

// Happened implements bot.Observer.
func (m *Metrics) Happened(platform string, e bot.Event) {
	counter, ok := m.events[happening{platform, e}]
	if !ok {
		counter = m.events[happening{"", e}]
	}
	counter.Inc()
}

// readiness is each check of /readyz as a gauge.
type readiness struct{ *Health }

var readyDesc = prometheus.NewDesc("testigo_ready", "Whether a part is ready, 1, or not, 0.", []string{"part"}, nil)

func (r readiness) Describe(to chan<- *prometheus.Desc) { to <- readyDesc }

func (r readiness) Collect(to chan<- prometheus.Metric) {
	for name, state := range r.check() {
		value := 0.0
		if state.OK {
			value = 1
		}
		to <- prometheus.MustNewConstMetric(readyDesc, prometheus.GaugeValue, value, name)
	}
}
