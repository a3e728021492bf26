// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"math/rand"
	"strings"
)

// generator makes small templates: statements around pipelines around functions, with the odd broken one.
type generator struct{ r *rand.Rand }

func newGenerator(seed int64) *generator { return &generator{rand.New(rand.NewSource(seed))} }

func (g *generator) pick(list ...string) string { return list[g.r.Intn(len(list))] }

var functions = []struct {
	name  string
	types string
}{
	{"add", "nn"}, {"sub", "nn"}, {"mul", "nn"}, {"div", "nn"}, {"mod", "nn"}, {"max", "nn"}, {"min", "nnn"}, {"add1", "n"},
	{"addf", "nn"}, {"subf", "nn"}, {"mulf", "nn"}, {"divf", "nn"}, {"add1f", "n"}, {"maxf", "nn"}, {"minf", "nn"},
	{"floor", "n"}, {"ceil", "n"}, {"round", "ni"}, {"int", "n"}, {"int64", "n"}, {"float64", "n"}, {"atoi", "s"},
	{"toDecimal", "n"}, {"until", "i"}, {"untilStep", "iii"}, {"seq", "ii"}, {"seq", "iii"},
	{"trim", "s"}, {"upper", "s"}, {"lower", "s"}, {"title", "s"}, {"untitle", "s"}, {"nospace", "s"}, {"swapcase", "s"},
	{"initials", "s"}, {"snakecase", "s"}, {"camelcase", "s"}, {"kebabcase", "s"}, {"trunc", "is"}, {"abbrev", "is"},
	{"abbrevboth", "iis"}, {"substr", "iis"}, {"repeat", "is"}, {"indent", "is"}, {"nindent", "is"}, {"wrap", "is"},
	{"wrapWith", "iss"}, {"replace", "sss"}, {"contains", "ss"}, {"hasPrefix", "ss"}, {"hasSuffix", "ss"}, {"trimAll", "ss"},
	{"trimPrefix", "ss"}, {"trimSuffix", "ss"}, {"quote", "a"}, {"squote", "aa"}, {"cat", "aaa"}, {"toString", "a"},
	{"plural", "ssi"}, {"split", "ss"}, {"splitn", "sis"}, {"splitList", "ss"}, {"join", "sl"}, {"sortAlpha", "l"},
	{"toStrings", "l"}, {"list", "aaa"}, {"list", ""}, {"first", "l"}, {"last", "l"}, {"rest", "l"}, {"initial", "l"},
	{"append", "la"}, {"prepend", "la"}, {"concat", "ll"}, {"reverse", "l"}, {"uniq", "l"}, {"without", "la"}, {"has", "al"},
	{"compact", "l"}, {"slice", "lii"}, {"chunk", "il"}, {"dict", "sasa"}, {"get", "ms"}, {"hasKey", "ms"}, {"pluck", "sm"},
	{"pick", "ms"}, {"omit", "ms"}, {"merge", "mm"}, {"mergeOverwrite", "mm"}, {"deepCopy", "a"}, {"dig", "sam"},
	{"dig", "ssam"}, {"set", "msa"}, {"unset", "ms"}, {"default", "aa"}, {"empty", "a"}, {"coalesce", "aa"}, {"ternary", "aab"},
	{"all", "aa"}, {"any", "aa"}, {"typeOf", "a"}, {"kindOf", "a"}, {"typeIs", "sa"}, {"kindIs", "sa"}, {"deepEqual", "aa"},
	{"eq", "aa"}, {"ne", "aa"}, {"lt", "nn"}, {"gt", "aa"}, {"le", "nn"}, {"ge", "nn"}, {"and", "aa"}, {"or", "aa"},
	{"not", "a"}, {"len", "a"}, {"index", "li"}, {"index", "ms"}, {"print", "aaa"}, {"println", "aa"}, {"printf", "fa"},
	{"printf", "faa"}, {"html", "s"}, {"js", "s"}, {"urlquery", "s"}, {"b64enc", "s"}, {"b64dec", "s"}, {"b32enc", "s"},
	{"b32dec", "s"}, {"sha1sum", "s"}, {"sha256sum", "s"}, {"adler32sum", "s"}, {"toJson", "a"}, {"toPrettyJson", "a"},
	{"toRawJson", "a"}, {"toYaml", "a"}, {"toYamlPretty", "a"}, {"fromYaml", "s"}, {"fromJson", "s"}, {"fromYamlArray", "s"},
	{"fromJsonArray", "s"}, {"toToml", "m"}, {"regexMatch", "rs"}, {"regexFind", "rs"}, {"regexFindAll", "rsi"},
	{"regexReplaceAll", "rss"}, {"regexSplit", "rsi"}, {"regexQuoteMeta", "s"}, {"base", "s"}, {"dir", "s"}, {"ext", "s"},
	{"clean", "s"}, {"isAbs", "s"}, {"urlParse", "s"}, {"urlJoin", "m"}, {"semver", "s"}, {"semverCompare", "ss"},
	{"duration", "a"}, {"durationRound", "a"}, {"required", "sa"}, {"include", "ta"}, {"tpl", "sa"}, {"keys", "o"}, {"values", "o"},
	{"date", "si"}, {"toDate", "ss"}, {"htmlDate", "i"}, {"call", "a"}, {"fail", "s"},
}

func (g *generator) str() string {
	return g.pick(`"a"`, `"b"`, `"foo bar"`, `""`, `"Hello World"`, `"FooBar1Baz"`, "`raw \\ text`", `"1.2.3"`, `"3"`, `"0x1f"`,
		`"é日"`, `"a/b/c.txt"`, `"http://u:p@h:80/p?q#f"`, `"YQ=="`, `"1h30m"`, `"k: v"`, `"[1, 2]"`, `"{\"a\": 1}"`, `"  sp  "`,
		`"x\ny"`, `">=1.2"`, `"<b>&'\""`, `"{{ .a }}"`, `"{{ add 1 2 }}"`, `"string"`, `"map"`, `"2006-01-02"`, `"2024-02-29"`,
		".Values.s", ".Values.name", "$.Values.s")
}

func (g *generator) arg(kind byte, depth int) string {
	if depth > 0 && g.r.Intn(5) == 0 {
		return "(" + g.pipeline(depth-1) + ")"
	}
	if g.r.Intn(25) == 0 {
		kind = "nsmlab"[g.r.Intn(6)]
	}
	switch kind {
	case 'n':
		return g.pick("1", "2", "0", "-3", "10", "1.5", "0.1", "1e3", "0x1F", "'a'", ".Values.n", ".Values.f", ".Values.big", `"7"`,
			`"1.0"`, `"08"`, "true", ".Values.missing", "100000000")
	case 'i':
		return g.pick("0", "1", "2", "3", "5", "-1", "7", "(int .Values.n)")
	case 's':
		return g.str()
	case 'b':
		return g.pick("true", "false", ".Values.t")
	case 'l':
		return g.pick("(list 1 2 3)", "(list)", ".Values.l", ".Values.mixed", "(list \"b\" \"a\" \"b\")", "(until 4)", "(splitList \",\" \"x,y,z\")",
			"(list nil 0 \"\" false)", ".Values.empty")
	case 'm':
		return g.pick(".Values.m", ".Values", "(dict)", "(dict \"a\" 1 \"b\" (dict \"c\" 2))", ".Values.m.sub", "(dict \"a\" nil)", ".Values.missing")
	case 'o':
		return g.pick("(dict)", "(dict \"a\" 1)", ".Values.one")
	case 'f':
		return g.pick(`"%d"`, `"%v"`, `"%s"`, `"%q"`, `"%5d|%-5v|"`, `"%05.2f"`, `"%x"`, `"%T"`, `"%t"`, `"%+v"`, `"%#v"`, `"%%%s"`, `"%[2]v %[1]v"`,
			`"%6.3v"`, `"%e"`, `"%g"`, `"%U"`, `"%c"`, `"%08b"`, `"%o"`, `"%z"`, `"%*d"`, `"%.3s"`, `"% d"`, `"%#x"`, `"%X"`, `"%G"`)
	case 'r':
		return g.pick(`"a+"`, `"[a-z]+"`, `"(\\w)(\\d)"`, `"o"`, `"^"`, `"[" `, `"\\s+"`, `""`, `"b|o"`)
	case 't':
		return g.pick(`"t1"`, `"t2"`, `"nope"`)
	}
	return g.pick("1", `"s"`, "true", "nil", "1.5", ".Values.n", ".Values.s", ".Values.l", ".Values.m", ".Values.missing", "(dict \"k\" \"v\")",
		"(list 1 \"a\")", ".Values.m.sub.deep", ".", "$", "(.Values.missing)", ".Values.f", ".Values.null", ".Release.Revision", ".Values.big", "0", `""`,
		".Values.mixed", "3i", "'x'", "1000000", "(int64 5)", "(semver \"1.2.3-a+b\")", "(toDate \"2006\" \"2020\")", ".Values.m.a.b", ".Values.s.x")
}

func (g *generator) call(depth int) string {
	f := functions[g.r.Intn(len(functions))]
	s := f.name
	for i := 0; i < len(f.types); i++ {
		s += " " + g.arg(f.types[i], depth)
	}
	if g.r.Intn(30) == 0 {
		s += " " + g.arg('a', 0)
	}
	return s
}

func (g *generator) pipeline(depth int) string {
	s := g.call(depth)
	if g.r.Intn(4) == 0 {
		s = g.arg('a', depth)
	}
	for g.r.Intn(4) == 0 {
		f := functions[g.r.Intn(len(functions))]
		s += " | " + f.name
		for i := 0; i+1 < len(f.types); i++ {
			s += " " + g.arg(f.types[i], 0)
		}
	}
	return s
}

func (g *generator) statement(depth int) string {
	l, r := g.pick("{{ ", "{{ ", "{{- ", "{{"), g.pick(" }}", " }}", " -}}", "}}")
	if depth <= 0 {
		return l + g.pipeline(1) + r
	}
	body := g.text() + g.statement(depth-1)
	switch g.r.Intn(16) {
	case 0:
		return "{{ if " + g.pipeline(1) + " }}" + body + "{{ else }}" + g.statement(depth-1) + "{{ end }}"
	case 1:
		return "{{ range " + g.pick("", "$x := ", "$i, $x := ") + g.arg(g.pick("l", "m", "i", "a")[0], 1) + " }}" + g.pick("{{ . }},", "{{ $x }}", body, "{{ break }}", "{{ if . }}{{ continue }}{{ end }}.") + "{{ else }}none{{ end }}"
	case 2:
		return "{{ with " + g.arg(g.pick("l", "m", "i", "a", "s")[0], 1) + " }}" + g.pick("{{ . }}", "{{ .a }}", body, "{{ .foo.bar }}") + "{{ else }}" + body + "{{ end }}"
	case 3:
		return "{{ $v := " + g.pipeline(1) + " }}" + body + "[{{ $v }}]{{ $v = 2 }}{{ $v }}"
	case 4:
		return "{{ template " + g.pick(`"t1" .`, `"t2" .Values`, `"nope"`, `"t1"`, `"t2" (list 1 2)`) + " }}"
	case 5:
		return "{{ if " + g.arg('a', 1) + " }}1{{ else if " + g.arg('a', 1) + " }}2{{ end }}" + body
	case 6:
		return "{{/* c */}}" + body + "{{- /* d */ -}}"
	case 7:
		return l + g.pick(".Values.", "$.Values.", "(.Values).", ".", "(dict \"a\" 1).") + g.pick("a", "m.a", "m.sub.deep", "l", "missing.x", "n.x", "m.sub.deep.x.y", "Release") + r
	case 8:
		return g.pick("{{ if }}", "{{ end }}", "{{ foo }}", "{{ 1 | 2 }}", "{{ $q }}", "{{ \"a }}", "{{ .a b }}", "{{ range }}", "{{ (1 }}", "{{ 1) }}", "{{ a.b }}",
			"{{ break }}", "{{", "{{ 08 }}", "{{ 1_0 }}", "{{ nil }}", "{{ nil.x }}", "{{ \"a\".b }}", "{{ .Values.n 1 }}", "{{ $x = 1 }}", "{{ with 1 }}", "{{ define \"x\" }}a{{ end }}", "{{ .Values.s.t }}",
			"{{ else }}", "{{ print 1 2 \"a\" 3 }}", "{{ 'ab' }}", "{{ @ }}", "{{ a-b }}", "{{ 1.5.2 }}", "{{/* x", "{{ template }}", "{{ block \"b\" . }}B{{ end }}")
	}
	return body
}

func (g *generator) text() string {
	return g.pick("", " ", "\n", "text ", "a: ", "\n\n  ", "- ")
}

func (g *generator) template() string {
	var b strings.Builder
	b.WriteString(`{{ define "t1" }}<{{ .Values.s }}>{{ end }}{{- define "t2" }}({{ . }}){{ end -}}` + "\n")
	for i := 0; i <= g.r.Intn(3); i++ {
		b.WriteString(g.text())
		b.WriteString(g.statement(g.r.Intn(3)))
	}
	return b.String()
}

func (g *generator) values() string {
	return fmt.Sprintf(`{"n": %d, "f": %v, "big": %d, "s": %q, "name": "my-App", "t": %v, "l": [3, "a", null, true], "empty": [],`+
		`"m": {"a": "x", "sub": {"deep": [1, {"z": 2}]}, "e": {}}, "mixed": [1.5, {"k": "v"}, [2], ""], "null": null, "one": {"only": 1}}`,
		g.r.Intn(20)-5, []float64{1.5, -0.25, 1e21, 123456.789, 0.1, 3}[g.r.Intn(6)], []int{1000000, 8080, 2097152, 123456789}[g.r.Intn(4)],
		[]string{"str", "", "Foo", "a b", "x\ny"}[g.r.Intn(5)], g.r.Intn(2) == 0)
}
