// SPDX-License-Identifier: Apache-2.0

// Random server-side applies, plain writes and strategic merge patches through Kubernetes' own code, one JSON object a
// line: what tests/unit/sandbox compares the sandbox's merging with.
//
//	go run . -kind ssa -n 100 -seed 1 -max 2000 > ssa.jsonl
//	go run . -kind smp -n 100 -seed 1 -max 900 > smp.jsonl
package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand"
	"os"
)

type M = map[string]interface{}
type L = []interface{}

var (
	r        *rand.Rand
	maxBytes = flag.Int("max", 0, "leave out longer lines; 0 = keep all")
)

func chance(n int) bool                 { return r.Intn(n) == 0 }
func pick(s ...interface{}) interface{} { return s[r.Intn(len(s))] }

func shuffle(l L) L {
	r.Shuffle(len(l), func(i, j int) { l[i], l[j] = l[j], l[i] })
	return l
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func emit(line M) {
	var b bytes.Buffer
	must(json.NewEncoder(&b).Encode(line))
	if *maxBytes == 0 || b.Len() <= *maxBytes {
		os.Stdout.Write(b.Bytes())
	}
}

func main() {
	seed := flag.Int64("seed", 1, "")
	n := flag.Int("n", 100, "objects (ssa) or patches (smp)")
	kind := flag.String("kind", "ssa", "ssa or smp")
	flag.Parse()
	r = rand.New(rand.NewSource(*seed))
	switch *kind {
	case "ssa":
		applies(*n)
	case "smp":
		patches(*n)
	default:
		fmt.Fprintln(os.Stderr, "unknown kind")
		os.Exit(2)
	}
}
