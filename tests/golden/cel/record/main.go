// SPDX-License-Identifier: Apache-2.0

// Records what cel-go, with the options of github.com/fluxcd/pkg/runtime/cel, makes of random expressions: one JSON object a
// line, {"in": ["checked" or "parsed", expression], "want": JSON or "ERR ..."}. Run in this folder: go run .
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand"
	"os"
	"strings"
	"time"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/common/types/traits"
	"github.com/google/cel-go/ext"
)

var r = rand.New(rand.NewSource(1))

func pick(s ...string) string { return s[r.Intn(len(s))] }

// The same as in tests/unit/cel/cel_test.c.
var data = map[string]any{
	"res": map[string]any{
		"a": int64(1), "b": 2.5, "s": "hello", "l": []any{int64(1), int64(2), int64(3)}, "t": true, "e": []any{},
		"m": map[string]any{"x": "y", "n": nil, "z": int64(0)}, "ls": []any{"b", "a"}, "u": "éà日",
		"ll": []any{map[string]any{"k": int64(1), "v": "x"}, map[string]any{"k": int64(2)}},
		"ts": "2024-02-29T12:34:56.5Z",
	},
	"req": map[string]any{"tag": "v1.2.3", "f": false},
}

func plain(v ref.Val) any {
	switch x := v.(type) {
	case types.Null:
		return nil
	case types.Bool:
		return bool(x)
	case types.Int:
		return int64(x)
	case types.Uint:
		return uint64(x)
	case types.Double:
		return float64(x)
	case types.String:
		return string(x)
	case types.Bytes:
		return base64.StdEncoding.EncodeToString([]byte(x))
	case types.Duration:
		return x.Duration.String()
	case types.Timestamp:
		return x.Time.Format(time.RFC3339Nano)
	case *types.Optional:
		if x.HasValue() {
			return plain(x.GetValue())
		}
		return nil
	case *types.Type:
		return x.TypeName()
	case traits.Lister:
		l := []any{}
		for i := types.Int(0); i < x.Size().(types.Int); i++ {
			l = append(l, plain(x.Get(i)))
		}
		return l
	case traits.Mapper:
		m := map[string]any{}
		for it := x.Iterator(); it.HasNext() == types.True; {
			k := it.Next()
			m[fmt.Sprint(k.Value())] = plain(x.Get(k))
		}
		return m
	}
	panic(fmt.Sprintf("%T", v))
}

func leaf() string {
	return pick("1", "2", "0", "-1", "1u", "2.5", "'a'", "'hello'", "true", "false", "null", "b'ab'", "[]", "[1,2]", "{'x':1}", "9223372036854775807", "'é'",
		"res.a", "res.b", "res.s", "res.l", "res.m", "res.t", "res.e", "res.ls", "res.ll", "res.m.x", "res.nope", "req.tag", "res.l[0]", "res.l[5]", "res['s']",
		"res.ll[1].v", "res.?a", "res.?nope", "res.m.?x", "res.u", "res[?'a']", "unknown", "res.s.x", "res.l['x']", "res.l[1.0]")
}

func expr(d int) string {
	if d <= 0 {
		return leaf()
	}
	e := func() string { return expr(d - 1) }
	switch r.Intn(18) {
	case 0:
		return e() + pick(" + ", " - ", " * ", " / ", " % ") + e()
	case 1, 2:
		return e() + pick(" == ", " != ", " < ", " <= ", " > ", " >= ", " in ") + e()
	case 3:
		return "(" + e() + pick(" && ", " || ") + e() + ")"
	case 4:
		return pick("!", "-") + "(" + e() + ")"
	case 5:
		return "(" + e() + " ? " + e() + " : " + e() + ")"
	case 6:
		return "has(" + pick("res.a", "res.nope", "res.m.x", "res.m.n", "res.e", "req.tag", "res.s.x", "res.nope.x") + ")"
	case 7:
		return pick("res.l", "res.ls", "res.ll", "[1,2,3]") + "." + pick("all", "exists", "exists_one", "filter", "map") + "(i, " +
			pick("i > 1", "i == 'a'", "i + 1", "i.k == 1", "i in [1,2]", "has(i.v)") + ")"
	case 8:
		return pick("int", "uint", "double", "string", "bool", "bytes", "dyn", "type", "size", "timestamp", "duration") + "(" + e() + ")"
	case 9:
		return pick("res.s", "res.u", "req.tag", "'a,b,c'") + "." + pick("contains('l')", "startsWith('h')", "endsWith('o')", "matches('^h.*o$')", "charAt(1)",
			"charAt(9)", "indexOf('l')", "indexOf('l',3)", "lastIndexOf('l')", "lowerAscii()", "upperAscii()", "replace('l','L')", "replace('l','L',1)",
			"split(',')", "split('')", "split(',',2)", "substring(1)", "substring(1,3)", "substring(3,1)", "trim()", "reverse()", "size()")
	case 10:
		return "res.ls.join(" + pick("", "','") + ")"
	case 11:
		return pick("sets.contains", "sets.intersects", "sets.equivalent") + "(" + pick("[1,2]", "res.l", "res.ls", "[1]") + ", " + pick("[1,2]", "res.l", "[2.0]") + ")"
	case 12:
		return pick("base64.encode(b'hi')", "base64.decode('aGk=')", "base64.decode('aGk')", "base64.encode(bytes(res.s))", "base64.decode('!')")
	case 13:
		return pick("optional.of(1)", "optional.ofNonZeroValue(0)", "res.?a", "res.?nope", "res.?m.x") +
			pick("", ".hasValue()", ".value()", ".orValue(7)", ".or(optional.of(2))", ".optMap(x, x + 1)", ".optFlatMap(x, optional.of(x))")
	case 14:
		return pick("timestamp('2024-02-29T12:34:56.5Z')", "timestamp(res.ts)", "timestamp('2024-01-01T00:00:00+02:00')", "timestamp(0)") +
			pick("", ".getFullYear()", ".getMonth()", ".getDayOfMonth()", ".getDate()", ".getDayOfWeek()", ".getDayOfYear()", ".getHours()", ".getHours('+02:00')", ".getMilliseconds()", " + duration('1h')", " - timestamp(0)", " > timestamp(0)")
	case 15:
		return pick("duration('1h30m')", "duration('90s')", "duration('1.5s')") + pick("", ".getHours()", ".getMinutes()", ".getSeconds()", " + duration('1s')", " < duration('1s')", " == duration('5400s')")
	case 16:
		return pick("[", "[?res.?a, ") + e() + "]" + pick("", ".first()", ".last()", "[0]", "[?9]")
	}
	return pick("type(1) == int", "type(null)", "foo(1)", "res.foo()", "'a'.size(1)", "has(res)", "[1, 'a']", "{'a':1,'b':'c'}", "{?'a': res.?nope}", "res.l.map(i, i > 1, i * 2)",
		"null == null", "1 == 1.0", "[1] == [1.0]", "'a' < 'b'", "b'a' + b'b'", "--1", "2 > 1u", "9223372036854775807 + 1", "5 / 0", "5 % 0", "1.0 / 0.0",
		"'%s %d'.format(['a',1])", "'%x %o %b'.format([255,8,5])", "'%.2f'.format([2.0])", "strings.quote('a\"b')", "timestamp('x')", "res.s.matches('[')")
}

func main() {
	options := []cel.EnvOption{cel.HomogeneousAggregateLiterals(), cel.EagerlyValidateDeclarations(true), cel.DefaultUTCTimeZone(true),
		cel.CrossTypeNumericComparisons(true), cel.OptionalTypes(), ext.Strings(), ext.Sets(), ext.Encoders()}
	parsed, _ := cel.NewEnv(options...)
	object := cel.ObjectType("google.protobuf.Struct")
	checked, _ := cel.NewEnv(append(options, cel.Variable("res", object), cel.Variable("req", object))...)
	var b bytes.Buffer
	seen := map[string]bool{}
	for n := 0; n < 1200; n++ {
		x, mode := expr(r.Intn(3)), pick("checked", "parsed")
		if seen[mode+x] {
			continue
		}
		seen[mode+x] = true
		want, ok := evaluate(map[string]*cel.Env{"checked": checked, "parsed": parsed}[mode], mode, x)
		// cel-go's own slips: names of type variables, and a message about lhs and rhs
		if !ok || strings.Contains(want, "_var") || strings.Contains(want, "lhs, rhs") || want == "" {
			continue
		}
		line, _ := json.Marshal(map[string]any{"in": []string{mode, x}, "want": want})
		b.Write(append(line, '\n'))
	}
	if err := os.WriteFile("../cel.jsonl", b.Bytes(), 0o644); err != nil {
		panic(err)
	}
}

func evaluate(env *cel.Env, mode, x string) (string, bool) {
	compile := env.Parse
	if mode == "checked" {
		compile = env.Compile
	}
	ast, issues := compile(x)
	if issues.Err() != nil {
		return "ERR failed to parse the CEL expression '" + x + "': " + issues.String(), true
	}
	program, err := env.Program(ast, cel.EvalOptions(cel.OptOptimize))
	if err != nil {
		return "ERR failed to create CEL program: " + err.Error(), true
	}
	v, _, err := program.Eval(data)
	if err != nil {
		return "ERR failed to evaluate the CEL expression '" + x + "': " + err.Error(), true
	}
	if strings.Contains(x, "/ 0.0") {
		return "", false // no JSON
	}
	out, err := json.Marshal(plain(v))
	// cel-go's has() followed by an index gives the has() itself
	return string(out), err == nil && !strings.Contains(x, "has(") || !strings.Contains(x, ")[")
}
