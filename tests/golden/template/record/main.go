// SPDX-License-Identifier: Apache-2.0

// record renders cases with Helm's engine. It reads lines {"in": [template, values as JSON]} and writes them with "want":
// the output, or "ERROR: " and the error's text. With -gen N it makes N random cases first (seed -seed).
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"time"

	"helm.sh/helm/v4/pkg/chart/common"
	chart "helm.sh/helm/v4/pkg/chart/v2"
	"helm.sh/helm/v4/pkg/engine"
)

// The runner's root has empty maps where Helm's has the chart.
var overRoot = regexp.MustCompile(`(range|:=|with) \$ `)

type row struct {
	In   []string `json:"in"`
	Want string   `json:"want"`
}

func render(template, values string) (out string) {
	defer func() {
		if r := recover(); r != nil {
			out = fmt.Sprintf("ERROR: PANIC %v", r)
		}
	}()
	var v map[string]any
	if err := json.Unmarshal([]byte(values), &v); err != nil {
		return "ERROR: values: " + err.Error()
	}
	c := &chart.Chart{Metadata: &chart.Metadata{Name: "c", Version: "1.0.0"},
		Templates: []*common.File{{Name: "templates/t.yaml", Data: []byte(template)}}}
	top := common.Values{"Values": common.Values(v), "Release": map[string]any{"Name": "r", "Namespace": "ns", "Revision": 1},
		"Capabilities": common.DefaultCapabilities}
	files, err := engine.Render(c, top)
	if err != nil {
		return "ERROR: " + err.Error()
	}
	return files["c/templates/t.yaml"]
}

// A template that does not end is not a case.
func limited(template, values string) (string, bool) {
	done := make(chan string, 1)
	go func() { done <- render(template, values) }()
	select {
	case s := <-done:
		return s, true
	case <-time.After(3 * time.Second):
		return "", false
	}
}

func main() {
	n := flag.Int("gen", 0, "random cases to make")
	seed := flag.Int64("seed", 1, "of the random cases")
	flag.Parse()
	w := bufio.NewWriter(os.Stdout)
	defer w.Flush()
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	put := func(template, values string) {
		if want, ok := limited(template, values); ok && len(want) < 20000 && !overRoot.MatchString(template) && !strings.Contains(strings.ToLower(want), "capabilities") {
			e.Encode(row{[]string{template, values}, want})
		}
	}
	if *n > 0 {
		g := newGenerator(*seed)
		for i := 0; i < *n; i++ {
			put(g.template(), g.values())
		}
		return
	}
	s := bufio.NewScanner(os.Stdin)
	s.Buffer(nil, 16<<20)
	for s.Scan() {
		var r row
		if err := json.Unmarshal(s.Bytes(), &r); err == nil && len(r.In) == 2 {
			put(r.In[0], r.In[1])
		}
	}
}
