// SPDX-License-Identifier: Apache-2.0

// Records what the Go packages make of random inputs: one JSON object a line, {"in": [...], "want": "..."}.
// Run in this folder: go run . ; it writes ../*.jsonl and ../../value/*.jsonl. The seed is fixed.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand"
	"os"
	"path"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/Masterminds/semver/v3"
	"github.com/fluxcd/pkg/envsubst"
	"github.com/go-git/go-git/v5/plumbing/format/gitignore"
	yaml3 "go.yaml.in/yaml/v3"
	jsonpatch "gopkg.in/evanphx/json-patch.v4"
	"sigs.k8s.io/yaml"
)

var r = rand.New(rand.NewSource(1))

func pick(s ...string) string { return s[r.Intn(len(s))] }

// Up to n of the parts, one behind the other.
func some(n int, parts ...string) string {
	s := ""
	for k := r.Intn(n + 1); k > 0; k-- {
		s += pick(parts...)
	}
	return s
}

func failed(err error) string { return "ERR " + err.Error() }

type row struct {
	in   []string
	want string
}

func record(file string, n int, make func() (row, bool)) {
	var b bytes.Buffer
	for seen := map[string]bool{}; n > 0; n-- {
		x, ok := make()
		key := strings.Join(x.in, "\x01")
		if !ok || seen[key] || !utf8.ValidString(key+x.want) {
			continue
		}
		seen[key] = true
		line, _ := json.Marshal(map[string]any{"in": x.in, "want": x.want})
		b.Write(append(line, '\n'))
	}
	if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
		panic(err)
	}
}

func main() {
	record("../glob.jsonl", 400, glob)
	record("../gitignore.jsonl", 400, ignore)
	record("../semver.jsonl", 400, version)
	record("../constraint.jsonl", 500, constraint)
	record("../regex.jsonl", 700, expression)
	record("../envsubst.jsonl", 500, substitution)
	record("../../value/yaml-read-sigs.jsonl", 500, readSigs)
	record("../../value/yaml-read-v3.jsonl", 500, readV3)
	record("../../value/yaml-write-sigs.jsonl", 400, writeSigs)
	record("../../value/yaml-write-v3.jsonl", 300, writeV3)
	record("../../value/json-patch.jsonl", 400, patch)
}

func glob() (row, bool) {
	p := some(7, "a", "b", "*", "?", "[", "]", "[a-c]", "[^a]", "\\", "/", "-", "é", "**", "[]a]", "[a-]")
	s := some(6, "a", "b", "c", "/", "é", "-", "]", "[")
	match, err := path.Match(p, s)
	if err != nil {
		return row{[]string{p, s}, "bad pattern"}, true
	}
	return row{[]string{p, s}, fmt.Sprint(match)}, true
}

func ignore() (row, bool) {
	domain := pick("", "", "", "a", "a/b")
	var scope, lines, name []string
	if domain != "" {
		scope = strings.Split(domain, "/")
	}
	var patterns []gitignore.Pattern
	for k := r.Intn(3) + 1; k > 0; k-- {
		p := pick("", "!", "") + pick("", "/", "", "**/") + some(4, "a", "b", "c", "*", "?", "/", "**", "/", "[a-b]", ".", "x") + pick("", "/", "/**", " ")
		if strings.TrimSpace(p) == "" {
			p = "a"
		}
		lines = append(lines, p)
		patterns = append(patterns, gitignore.ParsePattern(p, scope))
	}
	for k := r.Intn(4) + 1; k > 0; k-- {
		name = append(name, pick("a", "b", "c", "ab", "x", "a.b"))
	}
	dir := r.Intn(2) == 0
	match := gitignore.NewMatcher(patterns).Match(name, dir)
	return row{[]string{domain, strings.Join(lines, "\n"), strings.Join(name, "/"), fmt.Sprint(dir)}, fmt.Sprint(match)}, true
}

func oddVersion() string {
	number := func() string {
		return pick("0", "1", "2", "3", "10", "01", "99999999999999999999", "18446744073709551615", "")
	}
	s := pick("", "", "v", "V") + number()
	for k := r.Intn(4); k > 0; k-- {
		s += "." + number()
	}
	if r.Intn(3) == 0 {
		s += "-" + pick("alpha", "alpha.1", "1", "01", "rc.2", "beta.11", "a-b", "", "0a", "alpha.beta", "rc..1", "@")
	}
	if r.Intn(5) == 0 {
		s += "+" + pick("b1", "b.2", "", "01", "x-y", "é")
	}
	return s
}

func goodVersion() string {
	s := pick("", "v") + pick("0", "1", "2", "3")
	for k := r.Intn(3); k > 0; k-- {
		s += "." + pick("0", "1", "2", "3", "4")
	}
	if r.Intn(3) == 0 {
		s += "-" + pick("alpha", "alpha.1", "1", "rc.2", "rc.10", "0", "alpha.beta", "alpha.1.2", "00a")
	}
	return s
}

// Loose, strict, and compared with another.
func version() (row, bool) {
	v, w := goodVersion(), goodVersion()
	if r.Intn(2) == 0 {
		v = oddVersion()
	}
	text := func(x *semver.Version, err error) string {
		if err != nil {
			return failed(err)
		}
		return x.String()
	}
	want := text(semver.NewVersion(v)) + "|" + text(semver.StrictNewVersion(v)) + "|"
	x, err := semver.NewVersion(v)
	if err == nil {
		want += fmt.Sprint(x.Compare(semver.MustParse(w)))
	}
	return row{[]string{v, w}, want}, true
}

func constraintVersion() string {
	if r.Intn(8) == 0 {
		return oddVersion()
	}
	s := pick("", "", "v") + pick("0", "1", "2", "x", "*", "X", "3", "1x")
	for k := r.Intn(3); k > 0; k-- {
		s += "." + pick("0", "1", "2", "x", "*", "3", "|")
	}
	return s + pick("", "", "", "-alpha", "-0", "-rc.2", "+b")
}

func constraint() (row, bool) {
	c := ""
	for k := r.Intn(3) + 1; k > 0; k-- {
		if r.Intn(6) == 0 {
			c += constraintVersion() + pick(" - ", " -  ", "- ") + constraintVersion()
		} else {
			c += pick("", " ") + pick("", "=", "!=", ">", "<", ">=", "<=", "=>", "=<", "~", "~>", "^", "==", ">>") + pick("", "", " ") + constraintVersion()
		}
		if k > 1 {
			c += pick(" ", ",", " , ", " || ", "||", ", ,", "|")
		}
	}
	v := goodVersion()
	x, err := semver.NewConstraint(c)
	if err != nil {
		return row{[]string{c, v}, failed(err)}, true
	}
	return row{[]string{c, v}, x.String() + "|" + fmt.Sprint(x.Check(semver.MustParse(v)))}, true
}

func atom(depth int) string {
	switch r.Intn(12) {
	case 0, 1, 2:
		return pick("a", "b", "c", "é", "x", "A", "k", "\n", "0", "_", "-", " ")
	case 3:
		return "."
	case 4:
		return pick(`\d`, `\w`, `\s`, `\W`, `\b`, `\B`, `^`, `$`, `\A`, `\z`, `\pL`, `\p{Lu}`, `\PN`, `\p{Greek}`, `[[:alpha:]]`, `\x41`, `\x{e9}`, `\Qa+b\E`, `\141`, `\1`, `\q`, `\C`, `\p{Foo}`, `\xg`)
	case 5:
		return "[" + pick("", "^") + pick("a", "a-c", "-a", "]a", "a\\d", "[:alpha:]", "[:foo:]", "b-a", "é-ÿ", "k") + pick("", "x", "0-9") + pick("]", "]", "]", "")
	case 6, 7:
		if depth > 0 {
			return "(" + pick("", "", "?:", "?i:", "?s:", "?m:", "?U:", "?P<n>", "?<m>", "?i", "?-i:", "?P<é>", "?=", "?<n") + alternation(depth-1) + pick(")", ")", ")", ")", "")
		}
		return "a"
	case 8:
		return pick("(?i)", "(?s)", "(?m)", "(?U)", "()", ")", "|", "*")
	}
	return pick("a", "b", "ab", "ba")
}

func alternation(depth int) string {
	s := ""
	for branches := r.Intn(4)/2 + 1; branches > 0; branches-- {
		for k := r.Intn(4); k >= 0; k-- {
			s += atom(depth)
			if r.Intn(4) == 0 {
				s += pick("*", "+", "?", "*?", "+?", "??", "{2}", "{0,2}", "{1,}", "{2,3}?", "{0}", "{,2}", "{1001}", "{2,1}", "{", "**", "{1")
			}
		}
		if branches > 1 {
			s += "|"
		}
	}
	return s
}

func expression() (row, bool) {
	p := alternation(3)
	text := some(12, "a", "b", "c", "é", "x", "A", "k", "K", "\u212a", "\n", "0", "_", "-", " ", "ab", "+")
	to := pick("$1", "[$0]", "${1}x", "$n", "$$", "${n}-$2", "$", "${", "$01", "<$m>")
	re, err := regexp.Compile(p)
	if err != nil {
		return row{[]string{p, text, to}, failed(err)}, true
	}
	want := ""
	for _, m := range re.FindAllStringSubmatchIndex(text, -1) {
		for _, i := range m {
			want += strconv.Itoa(i) + " "
		}
		want += ";"
	}
	return row{[]string{p, text, to}, want + "|" + re.ReplaceAllString(text, to)}, true
}

var variables = map[string]string{"a": "Hello World", "b": "", "c1": "a/b/c.tar.gz", "n": "2", "neg": "-3", "u": "éàß日"}

func reference(depth int) string {
	argument := func() string {
		if depth > 0 && r.Intn(3) == 0 {
			return reference(depth - 1)
		}
		return some(3, "o", "l", "World", "*", "?", "/", "x", "[a-z]", "\\/", "\\\\", "1", "2", " ", "é", "$", "$$", ":", "#", "=", ".")
	}
	s := "${" + pick("", "", "", "", "#") + pick("a", "b", "c1", "n", "neg", "u", "unset", "é", "1a", "")
	switch r.Intn(9) {
	case 0, 1:
		s += pick(":=", ":-", ":+", ":?", "=", "-", "+") + argument()
	case 2:
		s += pick("^", "^^", ",", ",,", "^^^")
	case 3:
		s += ":" + pick("0", "1", "3", "20", argument(), "x")
	case 4:
		s += ":" + pick("0", "1", "3", "20") + ":" + pick("1", "2", "0", "30")
	case 5:
		s += pick("/", "//", "/#", "/%") + argument() + pick("/", "/", "") + argument()
	case 6, 7:
		s += pick("#", "##", "%", "%%") + argument()
	}
	return s + pick("}", "}", "}", "}", "")
}

func substitution() (row, bool) {
	s := ""
	for k := r.Intn(3) + 1; k > 0; k-- {
		s += some(3, "x", "$", "$$", "}", "{", " ", "\n", "$x", "\\") + reference(2)
	}
	out, err := envsubst.Eval(s, func(name string) (string, bool) { return variables[name], true })
	if err != nil {
		return row{[]string{s}, failed(err)}, true
	}
	return row{[]string{s}, out}, true
}

var scalars = strings.Split(`a|b|yes|no|on|y|N|True|FALSE|null|~||Null|1|-1|+1|0|007|08|0o17|0o8|-0o7|0x1F|0X1f|-0x1|0b11|0b2|0b-1|1_000|_1|1.5|.5|5.|1e3|1E+3|1e400|1:30|1:60|2001-1-1|2001-12-14t21:59:43.10-05:00|2001-01-01 10:00:00|2001-13-45|2001-02-29|=|<<|a b|a: b|a #b|#x|- x|-|?|: x|'a'|"b"|it's|[a]|{a}|a,b|&x|*x|!x|> x|%x|@x|---|...|--- a|-a|:a|a:|18446744073709551616|9223372036854775807|1234567.5|100000.5|1e21|1e-7|-0|-0.0|1.0|yEs|é|日本語|0x|1,000|1e|00|0_|.1_0|-_1|1_|+|+.5|.|NaN|inf`, "|")

func document() string {
	s := ""
	for n := r.Intn(4) + 1; n > 0; n-- {
		v := scalars[r.Intn(len(scalars))]
		switch r.Intn(9) {
		case 0, 1, 2:
			s += scalars[r.Intn(len(scalars))] + ": " + v + "\n"
		case 3:
			s += "- " + v + "\n"
		case 4:
			s += "k: &a " + v + "\nl: *a\n"
		case 5:
			s += "t: " + pick("|", "|-", "|+", ">", ">-", "|2") + "\n  text\n   more\n\n  end\n"
		case 6:
			s += "v: " + pick("!!str ", "!!int ", "!!float ", "!!null ", "!foo ", "! ") + v + "\n"
		case 7:
			s += "m: {a: '" + strings.ReplaceAll(v, "'", "''") + "', b: [1, x]}\n"
		case 8:
			s += pick("---\n", "# c\n", "<<: {a: 1}\n", "base: &b {a: 1, b: 2}\nd:\n  <<: *b\n  b: 3\n", "d:\n  b: 3\n  <<: {b: 4}\n", "a: 1\na: 2\n", "a: {{ .Values.x }}\n", "\tx: 1\n", "a: 'b\n  c'\n", "? a\n: b\n", "*unk\n", "a:\n - b\n - c:\n     d\n")
		}
	}
	return s
}

func readSigs() (row, bool) {
	s := document()
	out, err := yaml.YAMLToJSON([]byte(s))
	if err != nil {
		return row{[]string{s}, failed(err)}, true
	}
	return row{[]string{s}, string(out)}, true
}

func readV3() (row, bool) {
	s := document()
	var v any
	if err := yaml3.Unmarshal([]byte(s), &v); err != nil {
		// yaml.v3 looks for comments behind what it parses, and so meets syntax errors there
		return row{[]string{s}, failed(err)}, !strings.HasPrefix(err.Error(), "yaml: line") && !strings.HasPrefix(err.Error(), "yaml: found")
	}
	out, err := json.Marshal(v)
	return row{[]string{s}, string(out)}, err == nil
}

func text() string {
	switch r.Intn(4) {
	case 0, 1:
		return scalars[r.Intn(len(scalars))]
	case 2:
		return some(40, "lorem ", "ipsum", "  dolor", " sit", "amet ", "-", " ", "x", ": ", "'", " \"", "é ")
	}
	return some(8, "line", "  ind", "\n", "\n", "\n\n", " ", "\t", "é", "-", "#c\n", "\u2028", "\u00a0", "😀", "\x01")
}

func value(depth int) any {
	switch k := r.Intn(10); {
	case k < 4:
		return text()
	case k == 4:
		return pick2(float64(r.Intn(1000)), r.NormFloat64()*1e6, 1e21, 1e-7, 0.5)
	case k == 5:
		return r.Intn(2) == 0
	case k == 6 || depth == 0:
		return nil
	case k == 7:
		l := make([]any, r.Intn(4))
		for i := range l {
			l[i] = value(depth - 1)
		}
		return l
	}
	m := map[string]any{}
	for n := r.Intn(5); n > 0; n-- {
		m[pick(text(), "a", "b", "a1", "a2", "a10", "a01", "Z", "_x", "a-b", "10", "9", "é", "name")] = value(depth - 1)
	}
	return m
}

func pick2(f ...float64) float64 { return f[r.Intn(len(f))] }

func asJSON(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err)
	}
	return strings.TrimSpace(b.String())
}

func writeSigs() (row, bool) {
	v := value(3)
	out, err := yaml.Marshal(v)
	return row{[]string{asJSON(v)}, string(out)}, err == nil
}

func writeV3() (row, bool) {
	v := value(3)
	var b bytes.Buffer
	e := yaml3.NewEncoder(&b)
	e.SetIndent(2)
	err := e.Encode(v)
	e.Close()
	return row{[]string{asJSON(v)}, b.String()}, err == nil
}

func pointer() string {
	return some(3, "/a", "/b", "/l", "/0", "/1", "/-1", "/-", "/x", "/a~1b", "/9", "/")
}

func patch() (row, bool) {
	doc := pick(`{"a":{"b":1,"l":[1,2,3]},"l":["x",{"a":null}],"a/b":"s"}`, `[1,{"a":[]},"x"]`, `{"b":{"a":{"x":80}},"x":null}`)
	ops := []map[string]any{}
	for n := r.Intn(2) + 1; n > 0; n-- {
		op := map[string]any{"op": pick("add", "add", "remove", "replace", "move", "copy", "test", "foo"), "path": pointer()}
		if r.Intn(8) > 0 {
			op["value"] = []any{1, "v", nil, map[string]any{"q": 1}, []any{}, 80.5, 80}[r.Intn(7)]
		}
		if r.Intn(6) > 0 {
			op["from"] = pointer()
		}
		ops = append(ops, op)
	}
	text := asJSON(ops)
	var out []byte
	var err error
	func() {
		defer func() {
			if p := recover(); p != nil {
				err = fmt.Errorf("panic")
			}
		}()
		var p jsonpatch.Patch
		if p, err = jsonpatch.DecodePatch([]byte(text)); err == nil {
			out, err = p.Apply([]byte(doc))
		}
	}()
	if err != nil {
		return row{[]string{doc, text}, failed(err)}, err.Error() != "panic"
	}
	var v any
	if json.Unmarshal(out, &v) != nil {
		return row{}, false
	}
	return row{[]string{doc, text}, asJSON(v)}, true
}
